"""离职/调岗转办: seats whose person is no longer there go to the successor or the superior, else by hand."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from approvals.requests import access
from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.actions.delegating import end_delegations_of_leavers
from approvals.requests.actions.seats import ask_anew, give_seat, require_finishable
from approvals.requests.kinds import kind_of
from approvals.requests.models import Request, Seat, SeatQuerySet
from approvals.requests.planning import has_signer
from approvals.requests.states import MOVES, UNSIGNED, State
from approvals.routes.seating import PlannedSeat, leader_seat, superior_place
from branch.changes import Change, What
from branch.people.access import require
from branch.people.models import Person, RoleHolding
from branch.people.queries import current
from branch.people.roles import ROLES, Power, Scope
from kernel.refusals import Refusal, allows

SUCCESSION = timedelta(days=31)
"""How long after a role ended its next holder counts as the successor."""


def follow_change(change: Change) -> None:
    """Told by `branch.changes`: somebody left or no longer leads. What lies ahead is found by `reroute_stranded` on its day."""
    if change.begins or change.day > timezone.localdate():
        return
    if change.what == What.EMPLOYMENT:
        end_delegations_of_leavers([change.person_id])
    if change.what in (What.EMPLOYMENT, What.LEADERSHIP):
        reroute_person(Person.objects.get(pk=change.person_id))


def reroute_stranded() -> int:
    """Beat: every open seat whose person is no longer there, also by a change that was told ahead; how many moved.

    What those people lent or were lent ends too.
    """
    end_delegations_of_leavers()
    rows = _named_seats().values_list("person", flat=True).distinct()
    return sum(reroute_person(person) for person in Person.objects.filter(pk__in=list(rows)).select_related("user"))


def reroute_person(person: Person) -> int:
    """Move the person's unsigned named seats that they can't sign any more. Returns how many; the rest waits for 转办 by hand."""
    seats = list(_named_seats().filter(person=person).select_related("request__applicant", "stage"))
    gone = bool(seats) and not allows(access.require_sign_in, person)
    if not gone:
        seats = [seat for seat in seats if seat.leader and not _leads(person, seat)]
    return sum(_reroute_in(pk, person, gone=gone) for pk in sorted({seat.request_id for seat in seats}))


def _leads(person: Person, seat: Seat) -> bool:
    """Whether the person is still who leads the applicant, whatever else they may lead."""
    try:
        return leader_seat(seat.request.applicant, seat.stage.label, timezone.localdate()).person_id == person.pk
    except Refusal:  # the applicant has no post any more
        return False


def _named_seats() -> SeatQuerySet:
    rows: SeatQuerySet = Seat.objects.filter(request__state=State.PENDING, state__in=UNSIGNED, person__isnull=False)
    return rows


@transaction.atomic
def _reroute_in(request_id: int, person: Person, *, gone: bool) -> int:
    """The person's seats of one request, under its lock. A seat that nobody could take over stays as it is."""
    request = base.locked(request_id)
    if request.state != State.PENDING:
        return 0
    rows = Seat.objects.filter(request=request, round=request.round, state__in=UNSIGNED, person=person).select_related("stage")
    moved = 0
    for seat in rows:
        if seat.leader or gone:
            try:
                with transaction.atomic():
                    moved += _move_seat(request, seat, person, gone=gone)
            except Refusal:  # wanted elsewhere in the round, or nobody leads: it waits for 转办 by hand
                continue
    return moved


def _move_seat(request: Request, seat: Seat, person: Person, *, gone: bool) -> int:
    today, now = timezone.localdate(), timezone.now()
    place = leader_seat(request.applicant, seat.stage.label, today) if seat.leader else _successor(person)
    if place is None or place.person_id == person.pk or not has_signer(request, place):
        return 0
    seat.role, seat.branch_id, seat.department_id = place.role, place.branch_id, place.department_id
    seat.person_id, seat.leader, seat.label = place.person_id, place.leader, place.label
    seat.save(update_fields=["role", "branch", "department", "person", "leader", "label"])
    require_finishable(request, verb="转办")
    why = "已离职" if gone else "不再是发起人的上级"
    base.note(request, Event.REROUTED, None, now, f"{person.name}{why},改由{place.label}签署", seat=seat.pk)
    base.log(request, None, "reroute", f"{seat.stage.label}:{person}{why},改由{place.label}签署 {request.number}")
    ask_anew(request, seat, "转由您审批")
    return 1


def _successor(person: Person) -> PlannedSeat | None:
    """Who took over the role that the person last held, else the place above: the branch's manager, above that 公司领导."""
    since = timezone.localdate() - SUCCESSION
    held = RoleHolding.objects.filter(person=person, delegated_by=None, effective_to__gte=since).select_related("branch")
    for row in held.order_by("-effective_to", "-id"):
        if ROLES[row.role].scope == Scope.SELF:
            continue
        following = RoleHolding.objects.filter(
            current(timezone.localdate()), role=row.role, branch=row.branch, team=row.team, group=row.group, delegated_by=None
        ).exclude(person=person)
        taker = following.select_related("person").order_by("-effective_from").first()
        if taker is not None:
            return PlannedSeat(f"person:{taker.person.staff_no}", taker.person.name, person_id=taker.person_id)
    return superior_place(person)


@transaction.atomic
def reroute(*, request_id: int, seat_id: int, to: Person, reason: str, by: Person) -> Request:
    """转办 by a system administrator: a seat that nobody can sign goes to a named person. Never to oneself."""
    require(by, Power.ROLE_GRANT, to="转办席位")
    request = base.locked(request_id)
    kind = kind_of(request.kind)
    MOVES.after(request.state, "seat")
    seat = Seat.objects.filter(pk=seat_id, request=request, round=request.round).select_related("stage").first()
    if seat is None or seat.state not in UNSIGNED:
        raise Refusal("这个席位已签署或已撤下,请刷新页面查看", code="not_open")
    if has_signer(request, seat):
        raise Refusal(f"“{seat.label}”仍有人可以签署,请由本人转交或催办", code="not_stranded")
    if not kind.transferable:
        raise Refusal(f"“{kind.label}”须由流程规定的人签署,请为“{seat.label}”授予角色,不能转办", code="not_transferable")
    if to.pk == by.pk:
        raise Refusal("不能转办给自己,请另选一人", code="same_person")
    reason = base.require_reason(reason, to="转办")
    now, former = timezone.now(), seat.label
    give_seat(seat, to, f"{to.name}({former}转办)")
    access.require_able(to, request, kind, [seat])
    require_finishable(request, verb="转办")
    base.note(request, Event.REROUTED, by, now, f"{former} → {to.name}:{reason}", seat=seat.pk, to=to.staff_no)
    base.log(request, by, "reroute", f"{seat.stage.label}:{former}转办{to} {request.number}", reason=reason)
    ask_anew(request, seat, "转办给您审批")
    return request
