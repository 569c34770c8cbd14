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
from approvals.requests.models import Decision, Seat
from approvals.requests.states import SeatState
from approvals.routes.register import label_of
from approvals.routes.seating import holders
from branch.calendar.rules import working_hours_between
from branch.people.access import Reach

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
    """A seat that should have been signed by now, and by how many working hours it is late."""

    seat: Seat
    people: str
    hours: float


def place_lines(reach: Reach, *, since: datetime, until: datetime, kind: str = "") -> list[PlaceLine]:
    """By kind, stage and place, the slowest first; of the newest MOST_SIGNATURES signatures of the span. Four statements."""
    rows = Decision.objects.filter(
        reach.branch_rows("request__branch"), at__gte=since, at__lt=until, seat__opened_at__isnull=False
    )
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


def late_lines(reach: Reach, now: datetime) -> list[LateLine]:
    """Who is late now, the latest first."""
    rows = Seat.objects.filter(reach.branch_rows("request__branch"), state=SeatState.OPEN, due_at__lt=now)
    seats = list(rows.select_related("request__branch", "stage").order_by("due_at")[:MOST_LATE])
    if not seats:
        return []
    known = WorkingTime(min(timezone.localdate(seat.due_at) for seat in seats), timezone.localdate(now))
    sittings = holders(seats)
    return [
        LateLine(seat, "、".join(one.words for one in sitting[:4]) or "目前无人担任", _hours(known, seat.due_at, now))
        for seat, sitting in zip(seats, sittings, strict=True)
    ]


def _hours(known: WorkingTime, start: Any, end: datetime) -> float:
    return working_hours_between(timezone.localtime(start), timezone.localtime(end), known.hours_of, known.calendar.is_work_day)
