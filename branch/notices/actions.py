"""Telling people, after the act is committed."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from branch.notices.models import Notice
from branch.people.models import Person


def tell(people: Iterable[Person], text: str, *, key: str, link: str = "") -> None:
    """Leave each person one message once the present transaction commits; `key` names the event, so no rerun tells twice."""
    rows = [Notice(person=person, text=text[:300], link=link, key=key) for person in {p.pk: p for p in people}.values()]
    transaction.on_commit(lambda: Notice.objects.bulk_create(rows, ignore_conflicts=True), robust=False)


def mark_read(*, by: Person, notice_id: int | None = None) -> int:
    """Mark one notice of the person as read, or all."""
    unread = Notice.objects.filter(person=by, read_at=None)
    if notice_id is not None:
        unread = unread.filter(pk=notice_id)
    return unread.update(read_at=timezone.now())
