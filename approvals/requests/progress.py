"""How a round moves: its stages and seats are laid, opened, closed. Called by `actions` alone, under the request's lock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from approvals.requests.models import Request, Seat, Stage
from approvals.requests.rules import outcome, seats_open
from approvals.requests.states import SeatState, StageState
from approvals.routes.rules import Mode, StageRule, read_stages, skipped
from approvals.routes.seating import Holder, PlannedSeat, holders, plan
from branch.notices.actions import tell
from branch.people.models import Person
from kernel.matching import unfilled
from kernel.refusals import Refusal

PlannedStage = tuple[StageRule, list[PlannedSeat]]


def plan_round(request: Request, now: datetime) -> list[PlannedStage]:
    """The stages with their seats for these facts; a skipped stage has none. Refuses what could never be finished."""
    day = timezone.localdate(now)
    planned: list[PlannedStage] = []
    for stage in read_stages(request.route_snapshot["stages"]):
        passed_over = skipped(stage, request.facts)
        seats = [] if passed_over else plan(stage, branch=request.branch, applicant=request.applicant, day=day)
        planned.append((stage, seats))
    if not any(seats for _, seats in planned):
        raise Refusal("按申请的要素,审批流程的所有环节都被跳过,没有人可以审批,请联系渠道管理部", code="bad_route")
    _require_fillable(request, planned)
    return planned


def _require_fillable(request: Request, planned: list[PlannedStage]) -> None:
    """Every seat needs somebody other than the applicant, and no person may be needed twice."""
    seats = [(stage, seat) for stage, found in planned for seat in found]
    people = [_other_than(request.applicant, sitting) for sitting in holders([seat for _, seat in seats])]
    problems: list[str] = []
    places: dict[str, dict[str, set[int]]] = {}
    for (stage, seat), able in zip(seats, people, strict=True):
        if not able and stage.mode != Mode.ANY:
            problems.append(f"环节“{stage.label}”:“{seat.label}”目前没有发起人以外的人担任,请先授予角色或指定人员")
        group = "" if not request.route_snapshot["same_person_twice"] else stage.code
        place = stage.label if stage.mode == Mode.ANY else f"{stage.label}({seat.label})"
        places.setdefault(group, {}).setdefault(place, set()).update(able)
    if not problems:
        short = [place for group in places.values() for place in unfilled(group)]
        problems = [f"环节“{place}”:除去已要签其他环节的人,没有人可以签署,请补充人员" for place in short]
    if problems:
        raise Refusal(f"审批流程走不完,未提交:{problems[0]}", code="unfillable", items=problems)


def _other_than(applicant: Person, sitting: list[Holder]) -> set[int]:
    """Who may sit without the applicant signing, in person or through a delegate."""
    barred = applicant.pk
    return {h.person.pk for h in sitting if h.person.pk != barred and (h.delegated_by is None or h.delegated_by.pk != barred)}


def open_round(request: Request, planned: list[PlannedStage], now: datetime) -> None:
    """Write the round's stages and seats and open the first stage."""
    for position, (rule, seats) in enumerate(planned, 1):
        stage = Stage.objects.create(
            request=request,
            round=request.round,
            position=position,
            code=rule.code,
            label=rule.label,
            mode=rule.mode,
            on_return=rule.on_return,
            state=StageState.WAITING if seats else StageState.SKIPPED,
        )
        Seat.objects.bulk_create(_seat(stage, index, seat) for index, seat in enumerate(seats, 1))
    _open_next(request, now)


def _seat(stage: Stage, position: int, seat: PlannedSeat) -> Seat:
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
    )


def _open_next(request: Request, now: datetime) -> bool:
    """Open the first stage that waits; False when none is left."""
    stage = Stage.objects.filter(request=request, round=request.round, state=StageState.WAITING).order_by("position").first()
    if stage is None:
        return False
    stage.state, stage.opened_at = StageState.OPEN, now
    stage.save(update_fields=["state", "opened_at"])
    seats = list(stage.seats.order_by("position"))
    _open_seats(request, stage, seats, [None] * len(seats), now)
    return True


def _open_seats(request: Request, stage: Stage, seats: list[Seat], answers: Sequence[str | None], now: datetime) -> None:
    """Open the seats whose turn it is, and tell whoever holds them, once a stage (in turn: once a seat)."""
    fresh = [seats[index] for index in seats_open(stage.mode, answers) if seats[index].state == SeatState.WAITING]
    Seat.objects.filter(pk__in=[seat.pk for seat in fresh]).update(state=SeatState.OPEN, opened_at=now)
    turn = f":{fresh[0].position}" if fresh and stage.mode == Mode.IN_TURN else ""
    tell(
        signers(request, fresh),
        f"待您审批:{request.title}({request.number},{stage.label})",
        key=f"approval:{request.pk}:{request.round}:{stage.code}{turn}",
        link=request.get_absolute_url(),
    )


def signers(request: Request, seats: list[Seat]) -> list[Person]:
    """Who may sit on these seats today, without the applicant."""
    found = {h.person.pk: h.person for sitting in holders(seats) for h in sitting if h.person.pk != request.applicant_id}
    return list(found.values())


def after_decision(request: Request, stage: Stage, now: datetime) -> StageState:
    """Move on after an answer: OPEN (still going, here or in the next stage), PASSED (the last stage), RETURNED or REJECTED."""
    seats = list(stage.seats.order_by("position").prefetch_related("decisions"))
    answers = [next((decision.act for decision in seat.decisions.all()), None) for seat in seats]
    result = outcome(stage.mode, stage.on_return, answers)
    if result == StageState.OPEN:
        _open_seats(request, stage, seats, answers, now)
        return result
    stage.state, stage.closed_at = result, now
    stage.save(update_fields=["state", "closed_at"])
    stage.seats.filter(state__in=[SeatState.OPEN, SeatState.WAITING]).update(state=SeatState.VOID)
    if result == StageState.PASSED and _open_next(request, now):
        return StageState.OPEN
    return result


def close_round(request: Request, now: datetime) -> None:
    """Nothing more is to be signed in this round."""
    unfinished = [StageState.OPEN, StageState.WAITING]
    Stage.objects.filter(request=request, round=request.round, state__in=unfinished).update(state=StageState.VOID, closed_at=now)
    waiting = [SeatState.OPEN, SeatState.WAITING]
    Seat.objects.filter(request=request, round=request.round, state__in=waiting).update(state=SeatState.VOID)
