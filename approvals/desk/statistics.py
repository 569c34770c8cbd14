"""审批统计: how long each place takes, and who is late now. Working hours by the calendar and the office hours of those days."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from approvals.desk.rules import spread
from approvals.requests.deadlines import WorkingTime
from approvals.requests.models import Decision, Request, Seat
from approvals.requests.queries import readable
from approvals.requests.states import SeatState
from approvals.routes.register import label_of
from approvals.routes.seating import Holder, holders
from branch.calendar.rules import working_hours_between
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power

MOST_SIGNATURES, MOST_LATE = 20_000, 200


@dataclass(frozen=True)
class PlaceLine:
    """One place of one stage of a kind: signatures, working hours at the median and for nine of ten, late ones."""

    kind: str
    stage: str
    place: str
    count: int
    median: float
    ninth: float
    late: int


@dataclass(frozen=True)
class LateLine:
    """A seat that should have been signed by now, by how many working hours it is late, and what it is about.

    Of a confidential request `about` says only its kind to who may not read it, and `number` is empty.
    """

    seat: Seat
    people: str
    hours: float
    number: str
    about: str


def place_lines(person: Person, *, since: datetime, until: datetime, kind: str = "") -> list[PlaceLine]:
    """By kind, stage and place, the slowest first; of the newest MOST_SIGNATURES signatures of the span. Four statements."""
    reached = reach(person, Power.APPROVAL_STATISTICS).branch_rows("request__branch")
    rows = Decision.objects.filter(reached, at__gte=since, at__lt=until, seat__opened_at__isnull=False)
    rows = rows.filter(request__kind=kind) if kind else rows
    columns = ("request__kind", "seat__stage__label", "seat__label", "seat__opened_at", "at", "seat__due_at")
    found = list(rows.order_by("-id").values_list(*columns)[:MOST_SIGNATURES])
    if not found:
        return []
    known = WorkingTime(min(timezone.localdate(row[3]) for row in found), timezone.localdate(until))
    grouped: dict[tuple[str, str, str], list[tuple[float, bool]]] = defaultdict(list)
    for code, stage, place, opened, at, due in found:
        grouped[code, stage, place].append((_hours(known, opened, at), due is not None and at > due))
    lines = [_line(key, taken) for key, taken in grouped.items()]
    return sorted(lines, key=lambda line: (-line.median, line.kind, line.stage))


def _line(key: tuple[str, str, str], taken: Sequence[tuple[float, bool]]) -> PlaceLine:
    code, stage, place = key
    median, ninth = spread([hours for hours, _ in taken])
    return PlaceLine(label_of(code), stage, place, len(taken), median, ninth, sum(late for _, late in taken))


def late_lines(person: Person, now: datetime, *, kind: str = "") -> list[LateLine]:
    """Who is late now, the latest first, as far as the person sees statistics. Five statements."""
    reached = reach(person, Power.APPROVAL_STATISTICS)
    rows = Seat.objects.filter(reached.branch_rows("request__branch"), state=SeatState.OPEN, due_at__lt=now)
    rows = rows.filter(request__kind=kind) if kind else rows
    seats = list(rows.select_related("request__branch", "stage").order_by("due_at")[:MOST_LATE])
    if not seats:
        return []
    known = WorkingTime(min(timezone.localdate(seat.due_at) for seat in seats), timezone.localdate(now))
    sittings = holders(seats, kind=[seat.request.kind for seat in seats])
    found = Request.objects.filter(readable(person), pk__in={seat.request_id for seat in seats})
    open_to = set(found.values_list("pk", flat=True))
    return [
        _late_line(seat, sitting, _hours(known, seat.due_at, now), secret=seat.request_id not in open_to)
        for seat, sitting in zip(seats, sittings, strict=True)
    ]


def _late_line(seat: Seat, sitting: Sequence[Holder], hours: float, *, secret: bool) -> LateLine:
    people = "、".join(one.words for one in sitting[:4]) or "目前无人担任"
    label = label_of(seat.request.kind)
    return LateLine(seat, people, hours, "" if secret else seat.request.number, label if secret else seat.request.title)


def _hours(known: WorkingTime, start: Any, end: datetime) -> float:
    return working_hours_between(timezone.localtime(start), timezone.localtime(end), known.hours_of, known.calendar.is_work_day)
