"""转交, 加签, 减签: who sits changes while the round runs. Each is refused where the round could not be finished afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from approvals.requests import access, progress
from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.actions.deciding import settle
from approvals.requests.kinds import Kind, kind_of
from approvals.requests.models import Request, Seat, Stage
from approvals.requests.planning import carried_stages, open_wants, require_fillable
from approvals.requests.states import HOW_WORDS, MOVES, SEAT_MOVES, How, SeatState, StageState
from branch.notices.actions import tell
from branch.people.models import Person
from kernel.refusals import Refusal


@transaction.atomic
def transfer(*, request_id: int, to: Person, reason: str, by: Person, seat_id: int | None = None) -> Request:
    """转交: the seat that `by` could sign now goes to a named person. In a later round it is the route's again."""
    request = base.locked(request_id)
    kind = _movable(request, to="转交")
    seat, _ = access.seat_to_sign(by, request, kind, seat_id)
    if to.pk == by.pk:
        raise Refusal("不能转交给自己,请另选一人", code="same_person")
    reason = base.require_reason(reason, to="转交")
    now = timezone.now()
    former = seat.label
    give_seat(seat, to, f"{to.name}({former}转交)")
    access.require_able(to, request, kind, [seat])
    require_finishable(request, verb="转交")
    base.add_copies(request, [by], now, by=by)  # who handed over may still read along
    base.note(request, Event.TRANSFERRED, by, now, f"{former} → {to.name}:{reason}", seat=seat.pk, to=to.staff_no)
    base.log(request, by, "transfer", f"{seat.stage.label}:{former}转交{to} {request.number}", reason=reason)
    _ask(request, seat, f"{by.name}转交您审批", [to])
    return request


@transaction.atomic
def add_signer(
    *, request_id: int, people: Sequence[Person], how: str, reason: str, by: Person, seat_id: int | None = None
) -> Request:
    """加签 by who sits now: the people sign before (前), after (后) or beside (并) the seat, and answer with it as one."""
    request = base.locked(request_id)
    kind = _movable(request, to="加签")
    seat, _ = access.seat_to_sign(by, request, kind, seat_id)
    reason = base.require_reason(reason, to="加签")
    if how not in HOW_WORDS:
        raise Refusal("请选择前加签、后加签或并加签", code="unknown_act")
    if not people:
        raise Refusal("请选择加签的人员", code="nobody_chosen")
    now = timezone.now()
    added = _added(seat, list({p.pk: p for p in people}.values()), how, by)
    for one in added:
        assert one.person is not None
        access.require_able(one.person, request, kind, [one])
    require_finishable(request, verb="加签")
    names = "、".join(person.name for person in people)
    base.note(request, Event.ADDED, by, now, f"{HOW_WORDS[how]} {names}:{reason}", seat=seat.pk, how=how)
    base.log(request, by, "add_signer", f"{seat.stage.label}:{HOW_WORDS[how]}{names} {request.number}", reason=reason)
    progress.open_seats(request, seat.stage, now)
    return request


@transaction.atomic
def drop_signer(*, request_id: int, seat_id: int, reason: str, by: Person) -> Request:
    """减签: an unsigned seat that `by` added or chose falls away, never the last of its stage. What waited for it goes on."""
    request = base.locked(request_id)
    kind = _movable(request, to="减签", always=True)
    seat = access.seat_to_drop(by, request, seat_id)
    reason = base.require_reason(reason, to="减签")
    now = timezone.now()
    fallen = Q(pk=seat.pk) | Q(anchor=seat.pk)
    progress.close_seats(Seat.objects.filter(fallen))
    base.note(request, Event.DROPPED, by, now, f"{seat.label}:{reason}", seat=seat.pk)
    base.log(request, by, "drop_signer", f"{seat.stage.label}:减签{seat.label} {request.number}", reason=reason)
    people = progress.signers(request, [seat])
    text = f"无须您再审批:{request.title}({request.number},{seat.stage.label})"
    tell(people, text, key=f"approval:{request.pk}:seat:{seat.pk}:dropped", link=request.get_absolute_url())
    if seat.stage.state == StageState.OPEN:
        settle(request, kind, seat.stage, by, now)
    return request


def give_seat(seat: Seat, person: Person, label: str) -> None:
    """The seat is that person's from now on, by name."""
    seat.person, seat.role, seat.branch, seat.department, seat.leader = person, "", None, None, False
    seat.label = label[:60]
    seat.save(update_fields=["person", "role", "branch", "department", "leader", "label"])


def _movable(request: Request, *, to: str, always: bool = False) -> Kind:
    """The kind, if its seats may be moved at all now. `always`: what somebody chose may be taken back in any kind."""
    kind = kind_of(request.kind)
    MOVES.after(request.state, "seat")
    if not kind.transferable and not always:
        raise Refusal(f"“{kind.label}”须由流程规定的人签署,不能{to}", code="not_transferable")
    return kind


def _added(seat: Seat, people: Sequence[Person], how: str, by: Person) -> list[Seat]:
    """The new seats in the seat's group; those whose turn comes later move back by one."""
    anchor_id = seat.anchor_id or seat.pk
    group = Seat.objects.filter(Q(pk=anchor_id) | Q(anchor=anchor_id))
    turn = seat.turn
    if how != How.BESIDE:
        group.filter(turn__gt=turn).update(turn=F("turn") + 1)
    if how == How.BEFORE:
        Seat.objects.filter(pk=seat.pk).update(turn=turn + 1, state=SEAT_MOVES.after(seat.state, "yield"), opened_at=None)
    at = seat.stage.seats.count()
    return Seat.objects.bulk_create(
        Seat(
            request_id=seat.request_id,
            stage=seat.stage,
            round=seat.round,
            key=f"added:{at + number}:{person.staff_no}",
            position=at + number,
            label=f"{person.name}({HOW_WORDS[how]})",
            person=person,
            anchor_id=anchor_id,
            turn=turn + (how == How.AFTER),
            added_by=by,
        )
        for number, person in enumerate(people, 1)
    )


def require_finishable(request: Request, *, verb: str) -> None:
    """The rest of the round must still find its signers; 'unfillable' names who is wanted twice."""
    stages = Stage.objects.filter(request=request, round=request.round)
    require_fillable(request, open_wants(request), signed_in=[*stages, *carried_stages(request)], verb=verb)


def _ask(request: Request, seat: Seat, words: str, people: Sequence[Person]) -> None:
    text = f"{words}:{request.title}({request.number},{seat.stage.label})"
    moved = timezone.now().timestamp()
    tell(people, text, key=f"approval:{request.pk}:seat:{seat.pk}:{moved:.0f}", link=request.get_absolute_url())


def ask_anew(request: Request, seat: Seat, words: str) -> None:
    """Tell whoever holds an open seat after it changed hands."""
    if seat.state == SeatState.OPEN:
        _ask(request, seat, words, progress.signers(request, [seat]))
