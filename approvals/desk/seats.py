"""The seats of a request's present round, one by one: what its page says in a timeline, with the numbers that acts name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects

from approvals.requests import access
from approvals.requests.models import Decision, Request, Seat
from approvals.requests.queries import decision_of
from approvals.requests.states import UNSIGNED, SeatState
from approvals.routes.seating import Holder
from branch.people.models import Person
from kernel.refusals import allows


@dataclass(frozen=True)
class SeatLine:
    """One seat. `people`: who signed it, else who could sign it today."""

    seat: Seat
    people: list[Holder]
    decision: Decision | None
    may_drop: bool


def seat_lines(request: Request, seats: Sequence[Seat], sitting: Mapping[int, list[Holder]], person: Person) -> list[SeatLine]:
    """The present round's seats in order without those that fell away, of `seats_with_decisions` and `sitting_on`."""
    present = [seat for seat in seats if seat.round == request.round and seat.state != SeatState.VOID]
    prefetch_related_objects(present, "department")
    return [_line(request, seat, sitting.get(seat.pk, []), person) for seat in present]


def _line(request: Request, seat: Seat, sitting: list[Holder], person: Person) -> SeatLine:
    decision = decision_of(seat)
    people = [Holder(decision.signer, decision.on_behalf_of)] if decision else sitting
    own = seat.added_by_id == person.pk and seat.state in UNSIGNED  # of others' seats nothing need be asked
    return SeatLine(seat, people, decision, own and allows(access.seat_to_drop, person, request, seat.pk))
