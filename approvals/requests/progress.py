"""How a round moves: its stages and seats are laid, opened, closed. Called by `actions` alone, under the request's lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from approvals.requests.deadlines import deadlines_of
from approvals.requests.kinds import kind_of
from approvals.requests.models import CopyTo, Decision, Request, Seat, Stage, TrailEvent, Voice
from approvals.requests.planning import PlannedStage
from approvals.requests.rules import joint_answer, next_turn, outcome, seats_open
from approvals.requests.states import SEAT_MOVES, STAGE_MOVES, UNFINISHED, UNSIGNED, SeatState, StageState
from approvals.routes.rules import Mode, StageRule, read_stages
from approvals.routes.seating import PlannedSeat, holders
from branch.notices.actions import tell
from branch.people.models import Person
from kernel.refusals import Refusal

ACT_OF = {StageState.PASSED: "pass", StageState.RETURNED: "return", StageState.REJECTED: "reject"}


@dataclass(frozen=True)
class SeatGroup:
    """A seat of the route with those added to it (加签), in their order; they answer as one."""

    seats: list[Seat]

    @property
    def answers(self) -> list[str | None]:
        return [next((decision.act for decision in seat.decisions.all()), None) for seat in self.seats]

    @property
    def answer(self) -> str | None:
        return joint_answer(self.answers)

    @property
    def next(self) -> list[Seat]:
        """Those whose turn it is."""
        turns = [(seat.turn, answer) for seat, answer in zip(self.seats, self.answers, strict=True)]
        return [self.seats[index] for index in next_turn(turns)]


def rule_of(request: Request, code: str) -> StageRule:
    """The stage's rule in the request's own snapshot."""
    return next(rule for rule in read_stages(request.route_snapshot["stages"]) if rule.code == code)


def groups_of(stage: Stage) -> list[SeatGroup]:
    """The stage's seats as groups in the route's order; seats that fell away (减签) are left out. Two queries."""
    rows = list(stage.seats.exclude(state=SeatState.VOID).order_by("position").prefetch_related("decisions"))
    found: dict[int, list[Seat]] = {seat.pk: [] for seat in rows if seat.anchor_id is None}
    for seat in rows:
        found.setdefault(seat.anchor_id or seat.pk, []).append(seat)
    return [SeatGroup(sorted(seats, key=lambda seat: (seat.turn, seat.position))) for seats in found.values()]


def open_round(request: Request, planned: Sequence[PlannedStage], now: datetime) -> None:
    """Write the round's stages and seats, who is heard already (沿用), and open the first stage that waits."""
    forget(request)
    carried = [plan.carried_from for plan in planned if plan.carried_from is not None]
    if carried:
        hear(request, Decision.objects.filter(seat__stage__in=carried).select_related("seat"))
    for position, plan in enumerate(planned, 1):
        stage = Stage.objects.create(
            request=request,
            round=request.round,
            position=position,
            code=plan.rule.code,
            label=plan.rule.label,
            mode=plan.rule.mode,
            on_return=plan.rule.on_return,
            share=plan.rule.share,
            state=plan.state,
            carried_from=plan.carried_from,
        )
        seat_people(stage, plan.seats)
        if plan.note:
            note = {"request": request, "round": request.round, "event": TrailEvent.Event.ONE_UP, "at": now}
            TrailEvent.objects.create(text=f"{stage.label}:{plan.note}"[:1000], data={"stage": stage.code}, **note)
    open_next(request, now)


def hear(request: Request, decisions: Iterable[Decision]) -> None:
    """Keep whose voices these decisions are, each with the stage it was raised in."""
    once = not request.route.same_person_twice
    found = [(row.seat.stage_id, pk) for row in decisions for pk in (row.signer_id, row.on_behalf_of_id) if pk is not None]
    rows = [Voice(request=request, stage_id=stage, person_id=pk, only_once=once) for stage, pk in dict.fromkeys(found)]
    Voice.objects.bulk_create(rows, ignore_conflicts=True)


def forget(request: Request) -> None:
    """Nobody has been heard: the round is over."""
    Voice.objects.filter(request=request).delete()


def seat_people(stage: Stage, seats: Iterable[PlannedSeat], *, added_by: Person | None = None) -> list[Seat]:
    """Write the stage's seats, waiting."""
    return Seat.objects.bulk_create(_seat(stage, at, seat, added_by) for at, seat in enumerate(seats, 1))


def _seat(stage: Stage, position: int, seat: PlannedSeat, added_by: Person | None) -> Seat:
    return Seat(
        request_id=stage.request_id,
        stage=stage,
        round=stage.round,
        key=seat.key,
        position=position,
        label=seat.label,
        role=seat.role,
        branch_id=seat.branch_id,
        department_id=seat.department_id,
        person_id=seat.person_id,
        leader=seat.leader,
        added_by=added_by,
    )


def open_next(request: Request, now: datetime) -> bool:
    """Open the first stage that waits, handing 传阅 stages round on the way; False when none is left."""
    waiting = Stage.objects.filter(request=request, round=request.round, state=StageState.WAITING).order_by("position")
    for stage in waiting:
        if stage.mode == Mode.READ:
            _circulate(request, stage, now)
            continue
        if not stage.seats.exists():
            raise Refusal(f"环节“{stage.label}”还没有选定由谁签署,请在同意时选定", code="choice_required")
        stage.state, stage.opened_at = STAGE_MOVES.after(stage.state, "open"), now
        stage.save(update_fields=["state", "opened_at"])
        open_seats(request, stage, now, first=True)
        return True
    return False


def _circulate(request: Request, stage: Stage, now: datetime) -> None:
    """传阅: whoever holds the seats today gets a copy to mark as 已阅; nothing waits for it."""
    people = signers(request, list(stage.seats.all()))
    present = {copy.person_id: copy for copy in CopyTo.objects.filter(request=request)}
    for person in people:
        copy = present.get(person.pk) or CopyTo(request=request, person=person, at=now)
        copy.stage, copy.read_at = stage.code, None
        copy.save()
    close_seats(stage.seats.all())
    stage.state, stage.opened_at, stage.closed_at = STAGE_MOVES.after(stage.state, "circulate"), now, now
    stage.save(update_fields=["state", "opened_at", "closed_at"])
    names = "、".join(person.name for person in people)
    TrailEvent.objects.create(
        request=request,
        round=request.round,
        event=TrailEvent.Event.CIRCULATED,
        text=f"{stage.label}:{names or '目前无人担任'}"[:1000],
        data={"stage": stage.code},
        at=now,
    )
    key = f"approval:{request.pk}:{request.round}:{stage.code}:read"
    tell(people, f"请阅:{request.title}({request.number},{stage.label})", key=key, link=request.get_absolute_url())


def open_seats(request: Request, stage: Stage, now: datetime, *, first: bool = False) -> None:
    """Open the seats whose turn it is, and tell whoever holds them: once a stage, and once each that opens later."""
    groups = groups_of(stage)
    turn = [groups[index] for index in seats_open(stage.mode, [group.answer for group in groups])]
    fresh = [seat for group in turn for seat in group.next if seat.state == SeatState.WAITING]
    due, escalates = deadlines_of(rule_of(request, stage.code), now) if fresh else (None, None)
    times = {"opened_at": now, "due_at": due, "escalates_at": escalates, "late_told_at": None, "escalated_at": None}
    opened = SEAT_MOVES.after(SeatState.WAITING, "open")
    Seat.objects.filter(pk__in=[seat.pk for seat in fresh]).update(state=opened, **times)
    later = "" if first and stage.mode != Mode.IN_TURN else "".join(f":{seat.pk}" for seat in fresh[:1])
    tell(
        signers(request, fresh),
        f"待您审批:{request.title}({request.number},{stage.label})",
        key=f"approval:{request.pk}:{request.round}:{stage.code}{later}",
        link=request.get_absolute_url(),
    )


def signers(request: Request, seats: list[Seat]) -> list[Person]:
    """Who may sit on these seats today, without the applicant."""
    sittings = holders(seats, kind=request.kind)
    found = {h.person.pk: h.person for sitting in sittings for h in sitting if h.person.pk not in request.proposers}
    return admitted(request, found.values())


def admitted(request: Request, people: Iterable[Person]) -> list[Person]:
    """Those of the people who may hear of the request at all: of a confidential kind whom the kind lets see it."""
    kind = kind_of(request.kind)
    return [person for person in people if not kind.confidential or kind.may_see(person, request)]


def waiting_people(request: Request) -> list[Person]:
    """Who could sign now."""
    return signers(request, list(request.seats.filter(round=request.round, state=SeatState.OPEN)))


def after_decision(request: Request, stage: Stage, now: datetime) -> StageState:
    """Move on after an answer: OPEN (still going, here or in the next stage), PASSED (the last stage), RETURNED or REJECTED."""
    answers = [group.answer for group in groups_of(stage)]
    result = outcome(stage.mode, stage.on_return, answers, stage.share)
    if result == StageState.OPEN:
        open_seats(request, stage, now)
        return result
    stage.state, stage.closed_at = STAGE_MOVES.after(stage.state, ACT_OF[result]), now
    stage.save(update_fields=["state", "closed_at"])
    close_seats(stage.seats.all())
    if result == StageState.PASSED and open_next(request, now):
        return StageState.OPEN
    return result


def close_round(request: Request, now: datetime) -> None:
    """Nothing more is to be signed in this round."""
    stages = Stage.objects.filter(request=request, round=request.round, state__in=UNFINISHED)
    stages.update(state=StageState.VOID, closed_at=now)
    close_seats(Seat.objects.filter(request=request, round=request.round))


def close_seats(seats: QuerySet[Seat]) -> None:
    """Those of the seats that nobody has signed are not to be signed any more."""
    seats.filter(state__in=UNSIGNED).update(state=SeatState.VOID)


def local_year(now: datetime) -> int:
    """The year of a moment, by which numbers run."""
    return timezone.localdate(now).year
