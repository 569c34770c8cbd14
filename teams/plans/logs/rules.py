"""When a log is due and when locked, how a week's logs are drawn, how a month's are counted. Plain functions of plain values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256

from kernel.refusals import Refusal

ONE_DAY = timedelta(days=1)
FARTHEST = 60  # days looked ahead for a workday before the calendar is taken to be wrong
POSTS = ("客户经理", "小组长")  # who has clients of their own and so keeps a log (art. 5)

IsWorkDay = Callable[[date], bool]


@dataclass(frozen=True)
class Terms:
    """What the parameters say: due by `clock` of the next workday, locked after `lock_days` workdays, `share` drawn a week."""

    clock: time
    lock_days: int
    share: Decimal


def read_clock(text: str) -> time:
    """09:30 → a time. Raises Refusal."""
    try:
        return time.fromisoformat(text.strip().zfill(5))
    except ValueError:
        raise Refusal(f"工作日志提交时限“{text}”有误,请在参数里写成 09:30", code="bad_clock") from None


def workday_after(day: date, count: int, is_work_day: IsWorkDay) -> date:
    """The `count`-th workday after `day`. Raises Refusal where the calendar has none."""
    for ahead in range(1, FARTHEST + 1):
        later = day + ahead * ONE_DAY
        count -= is_work_day(later)
        if count <= 0:
            return later
    raise Refusal("日历里找不到足够的工作日,请检查日历", code="bad_calendar")


def due_at(day: date, terms: Terms, is_work_day: IsWorkDay) -> datetime:
    """By when the log of `day` is to be handed in, local time."""
    return datetime.combine(workday_after(day, 1, is_work_day), terms.clock)


def last_day(day: date, terms: Terms, is_work_day: IsWorkDay) -> date:
    """The last day on which the log of `day` may still be handed in or changed."""
    return workday_after(day, max(terms.lock_days, 1), is_work_day)


def last_full_week(today: date) -> str:
    """The ISO week that ended before today's, as the browser's week picker writes it: 2026-W41."""
    year, week, _ = (today - timedelta(7)).isocalendar()
    return f"{year}-W{week:02d}"


def week_days(year: int, week: int) -> list[date]:
    """The seven days of an ISO week, from Monday. Raises Refusal for a week the year lacks."""
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        raise Refusal(f"{year} 年没有第 {week} 周", code="no_week") from None
    return [monday + number * ONE_DAY for number in range(7)]


def drawn_count(logs: int, share: Decimal) -> int:
    """How many of so many logs are drawn: the share, rounded up, and at least one (where there is one)."""
    wanted = (logs * share).to_integral_value(rounding=ROUND_CEILING)
    return min(logs, max(1, int(wanted)))


def draw(logs: Collection[int], share: Decimal, seed: int) -> list[int]:
    """The drawn ones, in order of their numbers. The same logs, share and seed give the same draw, on any machine and Python."""

    def place(log: int) -> bytes:
        return sha256(f"{seed}:{log}".encode()).digest()

    return sorted(sorted(set(logs), key=place)[: drawn_count(len(set(logs)), share)])


@dataclass(frozen=True)
class Counts:
    """A person's month: logs due so far, handed in in time, late, and missing; `waiting`: neither handed in nor overdue."""

    due: int = 0
    in_time: int = 0
    late: int = 0
    missing: int = 0
    waiting: int = 0


def counts(due_days: Iterable[date], handed_in: Mapping[date, bool], overdue: Callable[[date], bool]) -> Counts:
    """`handed_in`: day → whether late. A day without a log is missing once it is `overdue`, else it only waits."""
    due = in_time = late = missing = 0
    for day in due_days:
        due += 1
        if day in handed_in:
            late += handed_in[day]
            in_time += not handed_in[day]
        else:
            missing += overdue(day)
    return Counts(due, in_time, late, missing, due - in_time - late - missing)
