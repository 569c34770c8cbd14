"""What other rooms and apps read of a request: the request itself, its signatures, what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch

from approvals.requests.kinds import kind_of
from approvals.requests.models import Decision, Request, RequestQuerySet, Seat
from approvals.requests.states import SeatState, State
from branch.people.models import Person
from kernel.refusals import Unknown, allows


@dataclass(frozen=True)
class Signature:
    """One place of the signature row. Pending: `at` None, name and opinion empty."""

    stage: str
    role_label: str
    name: str
    act: str
    opinion: str
    at: datetime | None
    on_behalf_of: str


def request_for(person: Person, number: str) -> Request:
    """The request with that number, if the person takes part in it or its kind lets them see it. Raises Unknown."""
    part = Exists(Request.objects.visible_to(person).filter(pk=OuterRef("pk")))
    rows = Request.objects.select_related("applicant", "branch", "route").annotate(takes_part=part)
    request = rows.filter(number=number).first()
    if request is None or not (request.takes_part or kind_of(request.kind).may_see(person, request)):
        raise Unknown("没有这份申请", code="unknown")
    return request


def seats_with_decisions(request: Request) -> list[Seat]:
    """All seats of all rounds in order, each with its stage and its decision (`seat.decisions.all()`). Two queries."""
    decided = Decision.objects.select_related("signer", "on_behalf_of")
    rows = Seat.objects.filter(request=request).select_related("stage").prefetch_related(Prefetch("decisions", decided))
    return list(rows.order_by("round", "stage__position", "position"))


def decision_of(seat: Seat) -> Decision | None:
    """The decision on a seat that `seats_with_decisions` gave; None while it is missing."""
    return next(iter(seat.decisions.all()), None)


def signatures(request: Request) -> list[Signature]:
    """The signatures of the present round in the route's order, those still missing with `at` None; void seats are left out."""
    found = []
    for seat in seats_with_decisions(request):
        decision = decision_of(seat)
        if seat.round != request.round or (decision is None and seat.state == SeatState.VOID):
            continue
        found.append(
            Signature(
                stage=seat.stage.label,
                role_label=seat.label,
                name=decision.signer.name if decision else "",
                act=decision.get_act_display() if decision else "",
                opinion=decision.opinion if decision else "",
                at=decision.at if decision else None,
                on_behalf_of=decision.on_behalf_of.name if decision and decision.on_behalf_of else "",
            )
        )
    return found


def waiting_rows(person: Person) -> RequestQuerySet:
    """待我审批: counted alike on menu, workbench and list."""
    return Request.objects.waiting_for(person)


def returned_rows(person: Person) -> RequestQuerySet:
    """Own requests that came back and wait for a correction."""
    return Request.objects.started_by(person).filter(state=State.RETURNED)


def signable_seats(person: Person, request: Request) -> list[Seat]:
    """The open seats the person may sign now; none where the request's kind forbids it."""
    if request.state != State.PENDING or not allows(kind_of(request.kind).may_sign, person, request):
        return []
    return list(Seat.objects.open_to(person).filter(request=request).select_related("stage"))
