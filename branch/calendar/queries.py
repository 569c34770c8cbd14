"""What kind of day a day is."""

from __future__ import annotations

from datetime import date, timedelta

from branch.calendar.models import SpecialDay
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
