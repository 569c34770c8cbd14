"""催办: what participants do without signing."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from approvals.requests import access
from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.progress import waiting_people
from branch.notices.actions import tell
from branch.people.models import Person


@transaction.atomic
def remind(*, request_id: int, by: Person) -> list[Person]:
    """催办: tell everybody who could sign now. Returns whom. Not more often than access.REMIND_COOL_DOWN."""
    request = base.locked(request_id)
    now = timezone.now()
    access.require_remindable(by, request, now)
    waiting = waiting_people(request)
    request.reminded_at = now
    request.save(update_fields=["reminded_at"])
    event = base.note(request, Event.REMINDED, by, now, "、".join(person.name for person in waiting))
    tell(
        waiting,
        f"{by.name}催办:{request.title}({request.number})",
        key=f"approval:{request.pk}:reminded:{event.pk}",
        link=request.get_absolute_url(),
    )
    base.log(request, by, "remind", f"催办申请 {request.number}")
    return waiting
