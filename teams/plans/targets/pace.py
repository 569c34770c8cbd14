"""How far somebody is, and where it leads: plain functions of plain values. A rate is a share with four places: 0.8500 is 85 %.

Points are (day, what had been reached by then), ascending. `worked` says of a day how many working days of its month have passed
by its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from kernel.money import ZERO, half_up, yuan
from kernel.months import Month

Points = Sequence[tuple[date, Decimal]]
Worked = Callable[[date], int]
DUE_DAY = 15  # S3: the month's tasks are complete by the 15th, whatever day of the week it is
TRADING_BEGINS = time(9, 30)


def data_day(booked_at: datetime, month: Month) -> date:
    """The day whose business an import holds: the day it was booked, or the day before where trading had not begun yet.

    Clipped to the month: what comes in November for October is October's last word. `booked_at` in local time.
    """
    day = booked_at.date() - timedelta(days=booked_at.time() < TRADING_BEGINS)
    return min(max(day, month.first), month.last)


def rate(actual: Decimal, target: Decimal) -> Decimal | None:
    """完成率; None without a target."""
    return half_up(actual / target, 4) if target > 0 else None


def forecast(actual: Decimal, passed: int, days: int, base: Decimal = ZERO) -> Decimal | None:
    """预计全月: the present pace over all working days of the month. `base`: where a level began. None before the first day."""
    if passed <= 0:
        return None
    return yuan(base + (actual - base) * days / min(passed, days))


def reached_on(points: Points, target: Decimal) -> date | None:
    """The first day on which the target had been reached; None: not yet, or nothing to reach."""
    return next((day for day, value in points if value >= target), None) if target > 0 else None


def in_time(reached: date | None) -> bool:
    """S3: reached by the 15th. The 16th does not count, a rest day on the 15th moves nothing."""
    return reached is not None and reached.day <= DUE_DAY


def reminder_day(month: Month, is_work_day: Callable[[date], bool]) -> date:
    """When people are reminded of the 15th (S3): on it, or the next workday where it is a rest day. The 15th stays the date."""
    due = date(month.year, month.month, DUE_DAY)
    later = (due + timedelta(ahead) for ahead in range(month.last.day - DUE_DAY + 1))
    return next((day for day in later if is_work_day(day)), due)


def behind(completion: Decimal | None, passed: int, days: int) -> Decimal:
    """落后: by how much the completion lags behind the share of working days that has passed; never below nought."""
    if completion is None or days <= 0:
        return ZERO
    return max(half_up(Decimal(min(passed, days)) / days - completion, 4), Decimal("0.0000"))


def overdue_days(due_on: date, today: date) -> int:
    """逾期 n 天."""
    return max((today - due_on).days, 0)


def value_at(points: Points, day: date, worked: Worked, *, dated: bool) -> Decimal:
    """What had been reached by the end of `day`. Rows with dates of their own tell it exactly; where only imports do, what lies
    between two of them is taken to have come evenly over the working days."""
    at = bisect_right(points, day, key=lambda point: point[0])
    value = points[at - 1][1] if at else ZERO
    if dated or at == len(points) or (at and points[at - 1][0] == day):
        return value
    before = worked(points[at - 1][0]) if at else 0
    span = worked(points[at][0]) - before
    gone = worked(day) - before
    return yuan(value + (points[at][1] - value) * gone / span) if span > 0 else value


@dataclass(frozen=True)
class Span:
    """Somebody's days in one unit (its key) within a month, both ends included."""

    unit: int | None
    first: date
    last: date


def spans(moves: Sequence[tuple[date, int | None]], month: Month) -> list[Span]:
    """The month cut where the person moved: `moves` are (first day, unit), ascending. The first holds from the month's first
    day, the last to its end, so that every day belongs to one unit."""
    begun = [move for move in moves if move[0] <= month.last]
    past = [move for move in begun if move[0] <= month.first]
    here = [*past[-1:], *(move for move in begun if move[0] > month.first)]
    if not here:
        return [Span(None, month.first, month.last)]
    starts = [month.first, *(first for first, _ in here[1:])]
    ends = [*(first - timedelta(1) for first in starts[1:]), month.last]
    return [Span(unit, first, last) for (_, unit), first, last in zip(here, starts, ends, strict=True)]


def earned_in(points: Points, own: Sequence[Span], day: date, worked: Worked, *, dated: bool) -> Decimal:
    """S1: what of the month's figures fell into these spans by the end of `day`: a member moved on the 11th takes along what came
    from the 11th, and leaves what came before."""
    found = ZERO
    for span in own:
        if span.first <= day:
            until = value_at(points, min(span.last, day), worked, dated=dated)
            before = value_at(points, span.first - timedelta(1), worked, dated=dated) if span.first.day > 1 else ZERO
            found += until - before
    return found
