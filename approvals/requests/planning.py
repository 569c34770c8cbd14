"""How a round is laid out before its rows exist, and whether it can be finished at all. Called under the request's lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone

from approvals.requests.access import require_sign_in
from approvals.requests.kinds import kind_of
from approvals.requests.models import Decision, Request, Seat, Stage
from approvals.requests.states import UNSIGNED, StageState
from approvals.routes.rules import Mode, StageRule, Task, read_stages, skipped
from approvals.routes.seating import Holder, Place, PlannedSeat, choosable, holders, one_up, plan
from branch.people.models import RoleHolding
from branch.people.queries import current
from kernel.matching import unfilled
from kernel.refusals import Refusal, allows


@dataclass(frozen=True)
class PlannedStage:
    """A stage of the round to come. WAITING without seats: an earlier signer names them. `note`: how it departs."""

    rule: StageRule
    seats: list[PlannedSeat] = field(default_factory=list)
    state: StageState = StageState.WAITING
    carried_from: Stage | None = None
    note: str = ""


@dataclass(frozen=True)
class Wanted:
    """A signature that a stage needs, for the question whether somebody can give it."""

    code: str
    stage: str
    mode: str
    label: str
    seat: Place


def plan_round(request: Request, now: datetime, *, begin_at: str = "", verb: str = "提交") -> list[PlannedStage]:
    """The stages with their seats for these facts; a skipped stage has none, one before `begin_at` is 沿用.

    Refuses what could never be finished; `verb` says what was not done then.
    """
    day = timezone.localdate(now)
    rules = read_stages(request.route_snapshot["stages"])
    if any(rule.task == Task.NUMBER for rule in rules) and request.branch is None:
        raise Refusal("这一流程要由营业部签发编号,但申请没有写明营业部", code="bad_route")
    kept = _carried(request, rules, begin_at) if begin_at else {}
    planned: list[PlannedStage] = []
    for rule in rules:
        planned.append(kept.get(rule.code) or _fresh(request, rule, planned, day))
    if kind_of(request.kind).one_up:
        planned = _with_superiors(request, planned, day)
    if not any(stage.seats and stage.rule.mode != Mode.READ for stage in planned):
        if begin_at:  # what is left is passed over by the new facts: then everybody signs anew
            return plan_round(request, now, verb=verb)
        raise Refusal("按申请的要素,审批流程的所有环节都被跳过,没有人可以审批,请联系渠道管理部", code="bad_route")
    spoken = [stage.carried_from for stage in planned if stage.carried_from is not None]
    require_fillable(request, [want for stage in planned for want in _wants(stage)], signed_in=spoken, verb=verb)
    return planned


def _carried(request: Request, rules: Sequence[StageRule], begin_at: str) -> dict[str, PlannedStage]:
    """The stages before `begin_at` as the round before left them; one that was skipped and no longer may be begins there."""
    last = {stage.code: stage for stage in Stage.objects.filter(request=request, round=request.round - 1)}
    found: dict[str, PlannedStage] = {}
    for rule in rules:
        prior = last[rule.code]
        passed_over = prior.state == StageState.SKIPPED
        if rule.code == begin_at or (passed_over and rule.skip_when and not skipped(rule, request.facts)):
            break
        source = None if passed_over else prior.carried_from or prior
        state = StageState.SKIPPED if passed_over else StageState.CARRIED
        found[rule.code] = PlannedStage(rule, state=state, carried_from=source)
    return found


def _fresh(request: Request, rule: StageRule, before: Sequence[PlannedStage], day: date) -> PlannedStage:
    if skipped(rule, request.facts):
        return PlannedStage(rule, state=StageState.SKIPPED)
    if not rule.chosen_by:
        return PlannedStage(rule, plan(rule, branch=request.branch, applicant=request.applicant, day=day))
    chooser = next(stage for stage in before if stage.rule.code == rule.chosen_by)
    if chooser.carried_from is not None:
        return _chosen_before(request, rule, chooser.carried_from, day)
    if chooser.state != StageState.SKIPPED:
        return PlannedStage(rule)
    if rule.may_be_none:
        return PlannedStage(rule, state=StageState.SKIPPED)
    raise Refusal(
        f"环节“{rule.label}”的签署方由“{chooser.rule.label}”选定,但按申请的要素那一环节被跳过,请联系渠道管理部改正流程",
        code="bad_route",
    )


def _chosen_before(request: Request, rule: StageRule, chooser: Stage, day: date) -> PlannedStage:
    """The seats that a 沿用 stage's signer named, as far as they are still there."""
    decisions = Decision.objects.filter(seat__stage=chooser).order_by("-id")
    named: list[str] = next((row.data["chosen"][rule.code] for row in decisions if rule.code in row.data.get("chosen", {})), [])
    if not named:
        return PlannedStage(rule, state=StageState.SKIPPED)
    return PlannedStage(rule, [seat for seat in offered(request, rule, day) if seat.key in named])


def chosen_stages(request: Request, stage: Stage) -> list[StageRule]:
    """The later stages whose seats the signer of this stage names, as far as the round still has them."""
    rules = [rule for rule in read_stages(request.route_snapshot["stages"]) if rule.chosen_by == stage.code]
    if not rules:
        return []
    by_facts = Stage.objects.filter(request=request, round=request.round, state=StageState.WAITING)
    waiting = set(by_facts.values_list("code", flat=True))
    return [rule for rule in rules if rule.code in waiting]


def offered(request: Request, rule: StageRule, day: date) -> list[PlannedSeat]:
    """The seats an earlier signer may choose from for this stage."""
    return choosable(rule, branch=request.branch, applicant=request.applicant, day=day)


# --- 申请人本人任签署人:上一级 -----------------------------------------------------------------------------------------
def _with_superiors(request: Request, planned: list[PlannedStage], day: date) -> list[PlannedStage]:
    """Seats that only the applicant could take go one up; where the superior signs in the round anyway, they fall away."""
    elsewhere = [seat.key for stage in planned for seat in stage.seats]
    found = []
    for stage in planned:
        if stage.rule.mode == Mode.READ or not stage.seats:
            found.append(stage)
            continue
        moved = [(seat, _superior(request, seat, day)) for seat in stage.seats]
        seats = [up for seat, up in moved if up.key == seat.key or up.key not in elsewhere]
        words = [f"{seat.label}由发起人本人担任,改由{up.label}审批" for seat, up in moved if up.key != seat.key]
        state = stage.state if seats else StageState.SKIPPED
        found.append(replace(stage, seats=list({s.key: s for s in seats}.values()), state=state, note=";".join(words)))
    return found


def _superior(request: Request, seat: PlannedSeat, day: date) -> PlannedSeat:
    """The seat, or the nearest above it that somebody other than the applicant holds. Unchanged where nobody is above."""
    place: PlannedSeat | None = seat
    while place is not None:
        sitting = holders([place], day, kind=request.kind)[0]
        own = any(holder.person.pk in request.proposers for holder in sitting)
        if not own or _others(request, sitting):
            return place
        place = one_up(place, branch=request.branch, applicant=request.applicant, day=day)
    return seat


# --- 走得完吗 ---------------------------------------------------------------------------------------------------------
def _wants(stage: PlannedStage) -> list[Wanted]:
    rule = stage.rule
    if rule.mode == Mode.READ:
        return []
    return [Wanted(rule.code, rule.label, rule.mode, seat.label, seat) for seat in stage.seats]


def require_fillable(request: Request, wants: Sequence[Wanted], *, signed_in: Iterable[Stage] = (), verb: str = "提交") -> None:
    """Every seat needs somebody other than the applicant, and no person may be needed twice.

    Who signed in one of the stages `signed_in` counts as needed there already.
    """
    problems = shortfalls(request, wants, heard_in(signed_in))
    if problems:
        raise Refusal(f"审批流程走不完,未{verb}:{problems[0]}", code="unfillable", items=problems)


def shortfalls(request: Request, wants: Sequence[Wanted], heard: Mapping[str, Collection[int]]) -> list[str]:
    """What keeps these signatures from being given, in sentences; `heard`: stage code → whose voice it has.

    A deputy's signature takes the voice of both, and the principal could give it alone: so it counts as the principal's.
    Where the route lets one sign several stages, only the own stage counts.
    """
    twice = request.route_snapshot["same_person_twice"]
    everybody = {pk for people in heard.values() for pk in people}
    sittings = holders([want.seat for want in wants], kind=request.kind)
    places: dict[str, dict[str, set[int]]] = {}
    problems: list[str] = []
    for want, sitting in zip(wants, sittings, strict=True):
        spent = heard.get(want.code, ()) if twice else everybody
        others = _others(request, sitting)
        people = {_voice(holder) for holder in others if not _voices(holder) & set(spent)}
        if not people and want.seat.department_id:
            people = _heads_again(want, others, heard, twice=twice)
        if not people and want.mode != Mode.ANY:
            problems.append(f"环节“{want.stage}”:“{want.label}”目前没有发起人以外的人担任,请先授予角色或指定人员")
        place = want.stage if want.mode == Mode.ANY else f"{want.stage}({want.label})"
        group = places.setdefault(want.code if twice else "", {})
        if want.mode != Mode.ANY and place in group:  # two seats of one label (a person added twice) are two places all the same
            place = f"{place}×{len(group)}"
        group.setdefault(place, set()).update(people)
    if problems:
        return problems
    short = [place for group in places.values() for place in unfilled(group)]
    if short and (joined := _joined(wants)):
        short = [place for group in places.values() for place in unfilled(_merged(group, joined))]
    return [f"环节“{place}”:除去已要签其他环节的人,没有人可以签署,请补充人员" for place in short]


def has_signer(request: Request, place: Place) -> bool:
    """Whether somebody but the applicant could sign there today."""
    return bool(_others(request, [h for h in holders([place], kind=request.kind)[0] if allows(require_sign_in, h.person)]))


def _others(request: Request, sitting: Iterable[Holder]) -> list[Holder]:
    """Who may sit without the applicant signing, in person or through a delegate."""
    return [holder for holder in sitting if request.proposers.isdisjoint(_voices(holder))]


def _voices(holder: Holder) -> set[int]:
    return {holder.person.pk} | ({holder.delegated_by.pk} if holder.delegated_by else set())


def _voice(holder: Holder) -> int:
    return holder.delegated_by.pk if holder.delegated_by else holder.person.pk


def heard_in(stages: Iterable[Stage]) -> dict[str, set[int]]:
    """Stage code → who has signed there, in person or through a deputy."""
    rows = Decision.objects.filter(seat__stage__in=list(stages)).values_list("seat__stage__code", "signer", "on_behalf_of")
    found: dict[str, set[int]] = {}
    for code, *people in rows:
        found.setdefault(code, set()).update(pk for pk in people if pk is not None)
    return found


def _heads(wants: Iterable[Wanted]) -> set[tuple[int, int]]:
    """Who heads which of the departments that shall sign."""
    rows = RoleHolding.objects.filter(
        current(timezone.localdate()), delegated_by=None, department__in=[want.seat.department_id for want in wants]
    )
    return set(rows.values_list("person", "department"))


def _heads_again(want: Wanted, sitting: Iterable[Holder], heard: Mapping[str, Collection[int]], *, twice: bool) -> set[int]:
    """Of those whose voice is spent, who may sign in the same stage once more: for another department that they head."""
    elsewhere = set() if twice else {pk for code, people in heard.items() if code != want.code for pk in people}
    heads = {person for person, _ in _heads([want])} - elsewhere
    return {_voice(holder) for holder in sitting} & heads


def _joined(wants: Sequence[Wanted]) -> list[tuple[int, list[str]]]:
    """Places of one stage that one person may fill together, being departments that the person heads: (person, places)."""
    seats = [want for want in wants if want.seat.department_id and want.mode != Mode.ANY]
    found: dict[tuple[int, str], list[str]] = {}
    for person, department in sorted(_heads(seats)):
        for want in seats:
            if want.seat.department_id == department:
                found.setdefault((person, want.code), []).append(f"{want.stage}({want.label})")
    return [(person, places) for (person, _), places in found.items() if len(places) > 1]


def _merged(group: dict[str, set[int]], joined: Sequence[tuple[int, list[str]]]) -> dict[str, set[int]]:
    """The places with those of each head put together as one that only the head fills."""
    left = dict(group)
    for person, places in joined:
        mine = [place for place in places if person in left.get(place, ())]
        if len(mine) > 1:
            for place in mine:
                del left[place]
            left["、".join(mine)] = {person}
    return left


def carried_stages(request: Request) -> list[Stage]:
    """The earlier rounds' stages whose decisions count on in the present round."""
    return list(Stage.objects.filter(carried__request=request, carried__round=request.round))


def wanted_at(seat: Seat) -> Wanted:
    """The signature that this seat asks for."""
    return Wanted(seat.stage.code, seat.stage.label, seat.stage.mode, seat.label, seat)


def open_wants(request: Request) -> list[Wanted]:
    """The signatures that the present round still needs, from the rows as they are."""
    unsigned = Q(seats__state__in=UNSIGNED)
    stages = Stage.objects.filter(unsigned, request=request, round=request.round).exclude(mode=Mode.READ).distinct()
    wants = []
    for stage in stages.prefetch_related("seats"):
        seats = [seat for seat in stage.seats.all() if seat.state in UNSIGNED]
        wants += [Wanted(stage.code, stage.label, stage.mode, seat.label, seat) for seat in seats]
    return wants
