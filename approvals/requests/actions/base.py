"""What every verb does alike: take the lock, move the request, note it in the trail, log it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from approvals.requests.models import CopyTo, Request, TrailEvent
from approvals.requests.progress import forget
from approvals.requests.states import MOVES, State
from branch.audit.actions import record
from branch.people.models import Person
from kernel.digests import plain
from kernel.refusals import Refusal, Unknown

Event = TrailEvent.Event
LONGEST_TEXT = 1000


def locked(request_id: int) -> Request:
    """The request's row, locked until the transaction ends: the one lock, always the first."""
    found = Request.objects.select_for_update(of=("self",)).select_related("applicant", "branch", "route").filter(pk=request_id)
    request = found.first()
    if request is None:
        raise Unknown("没有这份申请", code="unknown")
    return request


def move(request: Request, act: str, now: datetime) -> None:
    """Let the table of moves say where `act` leads; an end gets its time."""
    request.state = MOVES.after(request.state, act)
    request.ended_at = now if request.state in (State.APPROVED, State.REJECTED, State.WITHDRAWN) else None
    request.save(update_fields=["state", "ended_at"])
    if request.state != State.PENDING:
        forget(request)


def note(request: Request, event: str, by: Person | None, now: datetime, text: str = "", **data: Any) -> TrailEvent:
    """One row of the trail."""
    return TrailEvent.objects.create(
        request=request, round=request.round, event=event, person=by, text=text[:LONGEST_TEXT], data=plain(data), at=now
    )


def log(request: Request, by: Person | None, act: str, summary: str, **details: Any) -> None:
    """One row of the audit log."""
    record(
        by=by,
        act=f"approvals.{act}",
        subject=request,
        summary=summary,
        branch_code=request.branch_code,
        number=request.number,
        round=request.round,
        **details,
    )


def add_copies(request: Request, people: Iterable[Person], now: datetime, *, by: Person | None = None) -> list[Person]:
    """Add the people to 抄送, each once; returns those who are new."""
    present = set(CopyTo.objects.filter(request=request).values_list("person", flat=True))
    fresh = [person for person in {p.pk: p for p in people}.values() if person.pk not in present]
    CopyTo.objects.bulk_create([CopyTo(request=request, person=person, by=by, at=now) for person in fresh])
    return fresh


def require_reason(text: str, *, to: str) -> str:
    """The reason without blanks around it; refused where it is missing or too long."""
    reason = text.strip()
    if not reason:
        raise Refusal(f"请写明{to}的原因", code="reason_required")
    if len(reason) > LONGEST_TEXT:
        raise Refusal(f"原因最多 {LONGEST_TEXT} 字,请精简", code="opinion_too_long")
    return reason
