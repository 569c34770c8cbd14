"""催办, 抄送, 已阅: what participants do without signing."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from approvals.requests import access
from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.kinds import kind_of
from approvals.requests.models import CopyTo, Request
from approvals.requests.progress import waiting_people
from branch.notices.actions import tell
from branch.people.models import Person
from kernel.refusals import Refusal


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


@transaction.atomic
def copy(*, request_id: int, people: Sequence[Person], by: Person) -> list[Person]:
    """抄送 by anybody who takes part. Returns who is new; they may read the request from now on and are told."""
    request = base.locked(request_id)
    kind = kind_of(request.kind)
    access.require_participant(by, request, kind)
    if not people:
        raise Refusal("请选择抄送的人员", code="nobody_chosen")
    for person in people:
        access.require_sign_in(person)
        access.require_copyable(person, request, kind)
    now = timezone.now()
    fresh = base.add_copies(request, people, now, by=by)
    if not fresh:
        raise Refusal("所选人员都已抄送过", code="already_copied")
    names = "、".join(person.name for person in fresh)
    base.note(request, Event.COPIED, by, now, names)
    base.log(request, by, "copy", f"抄送{names}:申请 {request.number}")
    text = f"{by.name}抄送您:{request.title}({request.number})"
    tell(fresh, text, key=f"approval:{request.pk}:copied", link=request.get_absolute_url())
    return fresh


@transaction.atomic
def mark_read(*, request_id: int, by: Person) -> Request:
    """已阅, by who has a copy. Saying it again changes nothing."""
    request = base.locked(request_id)
    copied = CopyTo.objects.filter(request=request, person=by).first()
    if copied is None:
        raise Refusal("这份申请没有传阅或抄送给您", code="not_copied")
    if copied.read_at is not None:
        return request
    now = timezone.now()
    copied.read_at = now
    copied.save(update_fields=["read_at"])
    base.note(request, Event.READ, by, now, stage=copied.stage)
    base.log(request, by, "mark_read", f"已阅申请 {request.number}")
    return request
