"""Telling people what happened."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils import timezone

from branch.notices.models import Notice
from branch.people.models import Person


def tell(people: Iterable[Person], text: str, *, key: str, link: str = "") -> None:
    """Leave each person one message, in the act's own transaction; `key` names the event, so no rerun tells twice.

    Not after the commit: whoever is killed between the two has told nobody, and the act, being done, is never done again.
    Always in the order of the people, so that two who tell of the same event wait for each other one way round.
    """
    told = sorted({person.pk for person in people})
    rows = [Notice(person_id=pk, text=text[:300], link=link, key=key) for pk in told]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)


def mark_read(*, by: Person, notice_id: int | None = None) -> int:
    """Mark one notice of the person as read, or all."""
    unread = Notice.objects.filter(person=by, read_at=None)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    return unread.update(read_at=timezone.now())
