"""转办: the open seats that nobody can sign today, for the system administrator to hand over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from approvals.requests.kinds import all_kinds
from approvals.requests.models import Seat, SeatQuerySet
from approvals.requests.states import SeatState, State
from approvals.routes.register import label_of
from approvals.routes.seating import Holder, PlannedSeat, holders
from branch.people.models import Person
from branch.people.queries import with_left
from kernel.refusals import Unknown

MOST = 200
PLACE = ("role", "branch", "department", "person")


@dataclass(frozen=True)
class Stray:
    """A seat that nobody can sign. What the request says is not shown: who hands over needn't read it.

    `may_move`: its kind lets a named person take over; otherwise the role must be given to somebody.
    """

    seat: Seat
    kind: str
    may_move: bool


def stray_seats() -> list[Stray]:
    """The open seats that nobody but the applicant (or their deputy) could sign today, longest waiting first. Five statements."""
    opened = Seat.objects.filter(state=SeatState.OPEN, request__state=State.PENDING)
    places = list(opened.order_by().values_list("request__kind", *PLACE).distinct())
    wanted = Q(pk__in=[])
    sittings = holders([_place(*place) for _, *place in places], kind=[kind for kind, *_ in places])
    able = _able(sittings)
    for (kind, *place), sitting in zip(places, sittings, strict=True):
        ways = [_voices(holder) for holder in sitting if holder.person.pk in able]
        here = Q(request__kind=kind, **dict(zip(PLACE, place, strict=True)))
        if not ways:
            wanted |= here
        elif barred := set.intersection(*ways):
            wanted |= here & (Q(request__applicant__in=barred) | SeatQuerySet.given_up_by(barred))
    rows = opened.filter(wanted).select_related("request__applicant", "request__branch", "stage").order_by("opened_at", "pk")
    movable = {kind.code for kind in all_kinds() if kind.transferable}
    return [Stray(seat, label_of(seat.request.kind), seat.request.kind in movable) for seat in rows[:MOST]]


def stray_of(seat_id: int) -> Stray:
    """One of them. Raises Unknown."""
    found = next((stray for stray in stray_seats() if stray.seat.pk == seat_id), None)
    if found is None:
        raise Unknown("这个席位已有人可以签署,或已签、已撤下,不需要转办", code="unknown")
    return found


def _place(role: str, branch: int | None, department: int | None, person: int | None) -> PlannedSeat:
    return PlannedSeat("", "", role=role, branch_id=branch, department_id=department, person_id=person)


def _voices(holder: Holder) -> set[int]:
    return {holder.person.pk} | ({holder.delegated_by.pk} if holder.delegated_by else set())


def _able(sittings: Sequence[Sequence[Holder]]) -> set[int]:
    """Those of the people who can sign in."""
    people = {holder.person.pk for sitting in sittings for holder in sitting}
    rows = with_left(Person.objects.filter(pk__in=people, user__is_active=True), timezone.localdate())
    return set(rows.filter(has_left=False).values_list("pk", flat=True))
