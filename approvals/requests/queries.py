"""What other rooms and apps read of a request: the request itself, its signatures, what waits for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from approvals.requests.kinds import kind_of, secret_kinds
from approvals.requests.models import Decision, Request, RequestQuerySet, Seat, SeatQuerySet, Stage, TrailEvent
from approvals.requests.planning import carried_stages, chosen_stages, offered
from approvals.requests.states import STANDING, SeatState, State
from approvals.routes.models import Delegation
from approvals.routes.rules import Mode
from approvals.routes.seating import holders
from branch.people.models import Person
from kernel.refusals import Unknown, allows


@dataclass(frozen=True)
class Signature:
    """One place of the signature row. Pending: `at` None, name and opinion empty. `carried`: 沿用 from an earlier round."""

    stage: str
    role_label: str
    name: str
    act: str
    opinion: str
    at: datetime | None
    on_behalf_of: str
    carried: bool = False


def request_for(person: Person, number: str) -> Request:
    """The request with that number, if the person takes part in it or its kind lets them see it. Raises Unknown."""
    part = Exists(Request.objects.visible_to(person).filter(pk=OuterRef("pk")))
    rows = Request.objects.select_related("applicant", "branch", "route").annotate(takes_part=part)
    request = rows.filter(number=number).first()
    if request is None or not may_read(person, request, takes_part=request.takes_part):
        raise Unknown("没有这份申请", code="unknown")
    return request


def may_read(person: Person, request: Request, *, takes_part: bool) -> bool:
    """Who takes part reads the request, and whom its kind lets see it; of a confidential kind see `Kind`."""
    kind = kind_of(request.kind)
    if not kind.confidential:
        return takes_part or kind.may_see(person, request)
    if kind.may_see(person, request) or request.applicant_id == person.pk:
        return True
    return takes_part and Decision.objects.filter(request=request, signer=person).exists()


def readable(person: Person) -> Q:
    """Rows of requests that a list may name to the person: all but confidential ones that `may_read` would not open."""
    secret = secret_kinds()
    if not secret:
        return Q()
    signed = Decision.objects.filter(request=OuterRef("pk"), signer=person)
    found = ~Q(kind__in=[kind.code for kind in secret]) | Q(applicant=person) | Q(Exists(signed))
    for kind in secret:
        assert kind.seen_rows is not None  # `register` asks for it
        found |= Q(kind=kind.code) & kind.seen_rows(person)
    return found


def seats_with_decisions(request: Request) -> list[Seat]:
    """All seats of all rounds in order, each with its stage and its decision (`seat.decisions.all()`). Two queries."""
    decided = Decision.objects.select_related("signer", "on_behalf_of")
    rows = Seat.objects.filter(request=request).select_related("stage").prefetch_related(Prefetch("decisions", decided))
    return list(rows.order_by("round", "stage__position", "position"))


def decision_of(seat: Seat) -> Decision | None:
    """The decision on a seat that `seats_with_decisions` gave; None while it is missing."""
    return next(iter(seat.decisions.all()), None)


def signatures(request: Request) -> list[Signature]:
    """The signatures of the present round in the route's order, 沿用 ones among them, those still missing with `at` None.

    Void seats are left out.
    """
    carried = carried_stage_ids(request)
    seats = [seat for seat in seats_with_decisions(request) if seat.round == request.round or seat.stage_id in carried]
    found = []
    for seat in sorted(seats, key=lambda seat: (seat.stage.position, seat.anchor_id or seat.pk, seat.turn, seat.position)):
        decision = decision_of(seat)
        if decision is None and seat.state == SeatState.VOID:
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
                carried=seat.round != request.round,
            )
        )
    return found


def carried_stage_ids(request: Request) -> set[int]:
    """The earlier rounds' stages whose decisions count on (沿用) in the present round. No query in round 1."""
    return {stage.pk for stage in carried_stages(request)} if request.round > 1 else set()


@dataclass(frozen=True)
class Choice:
    """A seat that may be chosen: its key for `decide(chosen=…)`, its name, and who would sign ('': nobody)."""

    key: str
    label: str
    people: str


@dataclass(frozen=True)
class Choosing:
    """A later stage whose signers the signer of the present one names."""

    code: str
    label: str
    single: bool
    may_be_none: bool
    choices: list[Choice]


def choices_for(request: Request, stage: Stage) -> list[Choosing]:
    """What the signer of `stage` must choose when agreeing; empty for most stages."""
    found = []
    for rule in chosen_stages(request, stage):
        seats = offered(request, rule, timezone.localdate())
        sittings = holders(seats, kind=request.kind)
        choices = [
            Choice(seat.key, seat.label, "、".join(h.words for h in sitting if h.person.pk not in request.proposers))
            for seat, sitting in zip(seats, sittings, strict=True)
        ]
        found.append(Choosing(rule.code, rule.label, rule.mode == Mode.SINGLE, rule.may_be_none, choices))
    return found


def return_targets(request: Request, stage: Stage) -> list[Stage]:
    """The earlier stages that 退回 from `stage` may lead to, in order; the applicant is always possible besides."""
    rows = Stage.objects.filter(request=request, round=request.round, position__lt=stage.position, state__in=STANDING)
    return list(rows.exclude(mode=Mode.READ).order_by("position"))


def returned_opinion(request: Request) -> str:
    """回传的会签意见, the newest; '' while there is none."""
    event = TrailEvent.objects.filter(request=request, event=TrailEvent.Event.ANSWERED).order_by("-id").first()
    return str(event.data["summary"]) if event else ""


def waiting_rows(person: Person) -> RequestQuerySet:
    """待我审批: counted alike on menu, workbench and list."""
    return Request.objects.waiting_for(person).filter(readable(person))


def returned_rows(person: Person) -> RequestQuerySet:
    """Own requests that came back and wait for a correction."""
    return Request.objects.started_by(person).filter(state=State.RETURNED)


def named_seats_of(person: Person) -> SeatQuerySet:
    """Open seats that wait for this very person, not for a role they hold."""
    return Seat.objects.filter(person=person, state=SeatState.OPEN, request__state=State.PENDING)


def unfinished_of(person: Person) -> RequestQuerySet:
    """Own requests on their way, or returned."""
    return Request.objects.started_by(person).filter(state__in=(State.PENDING, State.RETURNED))


def delegations_of(person: Person, day: date) -> QuerySet[Delegation]:
    """委托代签 given or taken that last beyond `day`."""
    given_or_taken = Q(principal=person) | Q(deputy=person)
    return Delegation.objects.filter(given_or_taken, ended_at=None, effective_to__gt=day)


def signable_seats(person: Person, request: Request) -> list[Seat]:
    """The open seats the person may sign now; none where the request's kind forbids it."""
    if request.state != State.PENDING or not allows(kind_of(request.kind).may_sign, person, request):
        return []
    return list(Seat.objects.open_to(person).filter(request=request).select_related("stage"))
