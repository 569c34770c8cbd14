"""Working time: what moment is so many working hours after another. Plain functions; the calendar and the hours are passed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from kernel.refusals import Refusal

ONE_DAY = timedelta(days=1)
FARTHEST = 5 * 366
"""Days looked ahead for working time before the calendar is taken to be wrong."""


NOTICE_MONTH = 11
"""The State Council's notice on next year's holidays is out by November."""


def years_due(today: date) -> list[int]:
    """The years whose holidays should stand in the calendar by now: this one, and from November on the next."""
    return [today.year, today.year + 1] if today.month >= NOTICE_MONTH else [today.year]


@dataclass(frozen=True)
class OfficeHours:
    """The working spans of a day in order, e.g. 9:00–12:00 and 13:00–17:30: lunch is what lies between them."""

    spans: tuple[tuple[time, time], ...]

    @classmethod
    def read(cls, text: str) -> OfficeHours:
        """From “09:00-12:00 13:00-17:30”. Refused: no span, a span that ends before it begins, spans that overlap."""
        try:
            pairs = [part.split("-") for part in text.split()]
            spans = tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in pairs)
        except ValueError:
            raise _unreadable(text) from None
        edges = [moment for span in spans for moment in span]
        if not spans or any(later <= earlier for earlier, later in pairwise(edges)):
            raise _unreadable(text)
        return cls(spans)


def _unreadable(text: str) -> Refusal:
    return Refusal(f"办公时间“{text}”有误,请写成 09:00-12:00 13:00-17:30", code="bad_hours")


HoursOf = Callable[[date], OfficeHours]
IsWorkDay = Callable[[date], bool]


def after_working_hours(start: datetime, hours: int, hours_of: HoursOf, is_work_day: IsWorkDay) -> datetime:
    """The moment `hours` working hours after `start` (local time, like the result), at the end of a span rather than the next's
    beginning. `hours_of` gives the hours in force on a day."""
    left = timedelta(hours=hours)
    for begin, end in _spans_from(start, hours_of, is_work_day):
        if end - begin >= left:
            return begin + left
        left -= end - begin
    raise Refusal("日历里找不到足够的工作日,请检查日历", code="bad_calendar")


def working_hours_between(start: datetime, end: datetime, hours_of: HoursOf, is_work_day: IsWorkDay) -> float:
    """How many working hours lie between two moments (local time); 0 where `end` is not after `start`."""
    total = timedelta()
    for begin, stop in _spans_from(start, hours_of, is_work_day):
        if begin >= end:
            break
        total += min(stop, end) - begin
    return total.total_seconds() / 3600


def _spans_from(start: datetime, hours_of: HoursOf, is_work_day: IsWorkDay) -> Iterator[tuple[datetime, datetime]]:
    """What is left of the working spans from `start` on, in order."""
    for ahead in range(FARTHEST):
        day = start.date() + ahead * ONE_DAY
        if not is_work_day(day):
            continue
        for opens, closes in hours_of(day).spans:
            begin = max(start, datetime.combine(day, opens, start.tzinfo))
            end = datetime.combine(day, closes, start.tzinfo)
            if begin < end:
                yield begin, end
