"""Reading one's messages."""

from __future__ import annotations

from django.db.models import QuerySet

from branch.notices.models import Notice
from branch.people.models import Person


def notices_of(person: Person) -> QuerySet[Notice]:
    """The person's own messages, newest first. Nobody sees another's."""
    return Notice.objects.filter(person=person)


def unread_of(person: Person) -> QuerySet[Notice]:
    return notices_of(person).filter(read_at=None)
