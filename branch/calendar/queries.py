"""What kind of day a day is."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from branch.calendar.models import SpecialDay
from branch.calendar.rules import years_due
from kernel.months import Month

_KIND = SpecialDay.Kind


class WorkCalendar:
    """The special days of a span, read once. `kind(day)`: statutory_holiday, rest_day, work_day."""

    def __init__(self, special: dict[date, str]) -> None:
        self._special = special

    @classmethod
    def between(cls, first: date, last: date) -> WorkCalendar:
        return cls(dict(SpecialDay.objects.filter(day__range=(first, last)).values_list("day", "kind")))

    @classmethod
    def of_month(cls, month: Month) -> WorkCalendar:
        return cls.between(month.first, month.last)

    def kind(self, day: date) -> str:
        special = self._special.get(day)
        if special == _KIND.STATUTORY:
            return "statutory_holiday"
        if special == _KIND.HOLIDAY:
            return "rest_day"
        if special == _KIND.MAKEUP or day.weekday() < 5:
            return "work_day"
        return "rest_day"

    def is_work_day(self, day: date) -> bool:
        return self.kind(day) == "work_day"

    def is_trading_day(self, day: date) -> bool:
        """Exchanges are open on weekdays that are no holiday and no closure; make-up weekends never count."""
        return day.weekday() < 5 and self._special.get(day) not in (_KIND.STATUTORY, _KIND.HOLIDAY, _KIND.CLOSURE)

    def work_days(self, month: Month) -> int:
        return sum(self.is_work_day(month.first + timedelta(n)) for n in range(month.last.day))


@dataclass(frozen=True)
class DayCell:
    """A day on the year's sheet. `css` marks its kind, `word` says it."""

    day: date
    word: str
    css: str


@dataclass(frozen=True)
class MonthSheet:
    """A month's weeks from Monday (None outside the month), with its counts."""

    month: Month
    weeks: list[list[DayCell | None]]
    work_days: int
    trading_days: int


_WORDS = {_KIND.STATUTORY: ("法定", "day-off"), _KIND.HOLIDAY: ("休", "day-off"), _KIND.MAKEUP: ("班", "day-work")}


def year_sheet(year: int) -> list[MonthSheet]:
    """The twelve months of a year; one query."""
    special = dict(SpecialDay.objects.filter(day__year=year).values_list("day", "kind"))
    days = WorkCalendar(special)
    return [_month_sheet(Month(year, number), days, special) for number in range(1, 13)]


def _month_sheet(month: Month, days: WorkCalendar, special: dict[date, str]) -> MonthSheet:
    def cell(day: date) -> DayCell | None:
        if day not in month:
            return None
        weekend = ("", "day-rest") if day.weekday() > 4 else ("", "")
        word, css = _WORDS.get(_KIND(special[day]), ("休市", "day-closed")) if day in special else weekend
        return DayCell(day, word, css)

    weeks = [[cell(day) for day in week] for week in calendar.Calendar().monthdatescalendar(month.year, month.month)]
    trading = sum(days.is_trading_day(month.first + timedelta(n)) for n in range(month.last.day))
    return MonthSheet(month, weeks, days.work_days(month), trading)


def holidays_of(year: int) -> QuerySet[SpecialDay]:
    """The year's statutory holidays; a market closure alone says nothing of them."""
    return SpecialDay.objects.filter(day__year=year, kind=_KIND.STATUTORY)


def years_missing(today: date) -> list[int]:
    """The years due whose holidays nobody has entered; one statement."""
    due = years_due(today)
    days = SpecialDay.objects.filter(day__year__in=due, kind=_KIND.STATUTORY).values_list("day", flat=True)
    known = {day.year for day in days}
    return [year for year in due if year not in known]


def special_days(year: int) -> QuerySet[SpecialDay]:
    return SpecialDay.objects.filter(day__year=year)


def special_day(day: date) -> SpecialDay | None:
    return SpecialDay.objects.filter(day=day).first()
