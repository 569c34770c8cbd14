"""超时提醒 and 超时上报, by the beat: once each a seat, in working hours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.models import Request, Seat
from approvals.requests.progress import admitted, rule_of, signers
from approvals.requests.states import SeatState, State
from approvals.routes.rules import Signer, read_signers
from approvals.routes.seating import holders, plan_signers
from branch.notices.actions import tell
from branch.people import queries as people
from branch.people.models import Person

LATE = Q(late_told_at=None)
ESCALATES = Q(escalated_at=None)


def chase_late(now: datetime | None = None) -> tuple[int, int]:
    """Tell who is late, and at twice the time whoever stands above. Returns how many seats were told of, and how many further up.

    Each request in its own transaction; running it twice tells nobody twice.
    """
    now = now or timezone.now()
    due = Q(due_at__lte=now) & LATE | Q(escalates_at__lte=now) & ESCALATES
    rows = Seat.objects.filter(due, state=SeatState.OPEN, request__state=State.PENDING)
    found = [_chase(pk, now) for pk in sorted(set(rows.values_list("request", flat=True)))]
    return sum(late for late, _ in found), sum(escalated for _, escalated in found)


@transaction.atomic
def _chase(request_id: int, now: datetime) -> tuple[int, int]:
    request = base.locked(request_id)
    if request.state != State.PENDING:
        return 0, 0
    seats = Seat.objects.filter(request=request, round=request.round, state=SeatState.OPEN).select_related("stage", "branch")
    late = list(seats.filter(LATE, due_at__lte=now))
    for seat in late:
        _tell_late(request, seat, now)
    further = list(seats.filter(ESCALATES, escalates_at__lte=now))
    for seat in further:
        _tell_further(request, seat, now)
    return len(late), len(further)


def _tell_late(request: Request, seat: Seat, now: datetime) -> None:
    waiting = signers(request, [seat])
    Seat.objects.filter(pk=seat.pk).update(late_told_at=now)
    base.note(request, Event.LATE, None, now, f"{seat.label}:{_names(waiting)}", seat=seat.pk)
    base.log(request, None, "late", f"{seat.stage.label}:{seat.label}超时未签,已提醒 {request.number}")
    text = f"已超时,请尽快审批:{request.title}({request.number},{seat.stage.label})"
    tell(waiting, text, key=f"approval:{request.pk}:seat:{seat.pk}:late", link=request.get_absolute_url())


def _tell_further(request: Request, seat: Seat, now: datetime) -> None:
    told = admitted(request, _above(request, seat))
    Seat.objects.filter(pk=seat.pk).update(escalated_at=now)
    base.note(request, Event.ESCALATED, None, now, f"{seat.label}:{_names(told)}", seat=seat.pk)
    base.log(request, None, "escalate", f"{seat.stage.label}:{seat.label}超时未签,已上报 {request.number}")
    late = _names(signers(request, [seat]))
    text = f"{seat.label}({late})超时未签:{request.title}({request.number},{seat.stage.label})"
    base.add_copies(request, told, now)  # who is told may look
    tell(told, text, key=f"approval:{request.pk}:seat:{seat.pk}:escalated", link=request.get_absolute_url())


def _above(request: Request, seat: Seat) -> list[Person]:
    """Who hears of it: whom the stage names, else of a branch's seat its manager, else the route's chasers."""
    named = rule_of(request, seat.stage.code).escalate_to
    if not named and seat.branch is not None and seat.role != "branch_manager":
        return people.holders("branch_manager", branch=seat.branch)
    kept = request.route_snapshot.get("chasers") or []
    return _sitting(request, named or (read_signers(kept) if kept else ()))


def _sitting(request: Request, wanted: Iterable[Signer]) -> list[Person]:
    day = timezone.localdate()
    seats = plan_signers(wanted, what="超时上报", branch=request.branch, applicant=request.applicant, day=day)
    return [holder.person for sitting in holders(seats) for holder in sitting]


def _names(told: Iterable[Person]) -> str:
    return "、".join(person.name for person in told) or "目前无人担任"
