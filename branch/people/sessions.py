"""Where somebody is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from branch.people.models import Person


@dataclass(frozen=True)
class LiveSession:
    """One place where somebody is signed in: since when, last seen when, from which address, with what."""

    key: str
    entered_at: datetime | None
    seen_at: datetime | None
    address: str
    device: str


def sessions_of(person: Person) -> list[LiveSession]:
    """Where the person is signed in now. Opens every live session, so it is for acts and single pages only."""
    if not person.user_id:
        return []
    live = ((row.pk, row.get_decoded()) for row in Session.objects.filter(expire_date__gte=timezone.now()))
    return [
        LiveSession(
            key,
            moment(kept.get("entered_at")),
            moment(kept.get("seen_at")),
            kept.get("address", ""),
            device_words(kept.get("device", "")),
        )
        for key, kept in live
        if kept.get(SESSION_KEY) == str(person.user_id)
    ]


def moment(stamp: float | None) -> datetime | None:
    """A session's timestamp as a time."""
    return None if stamp is None else datetime.fromtimestamp(stamp, tz=timezone.get_current_timezone())


BROWSERS = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "安卓手机"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


def device_words(agent: str) -> str:
    """What a browser calls itself, in two words: good enough to know one's own devices by."""
    found = [next((words for sign, words in table if sign in agent), "") for table in (BROWSERS, SYSTEMS)]
    return " · ".join(word for word in found if word) or "未知设备"
