"""When a signature is due: so many working hours after its seat opened, by the calendar and the office hours of those days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.utils import timezone

from approvals.routes.rules import StageRule
from branch.calendar.queries import WorkCalendar
from branch.calendar.rules import OfficeHours, after_working_hours
from branch.parameters.queries import ParameterBook

PARAMETER = "office.hours"
ORDINARY = "09:00-12:00 13:00-17:30"
ESCALATION = 2
"""At so many times its time a late signature is told further up."""
AHEAD = timedelta(days=800)


class WorkingTime:
    """The calendar and the office hours from a moment on, read once."""

    def __init__(self, first: date, last: date) -> None:
        self.calendar = WorkCalendar.between(first, last)
        self._book = ParameterBook.load()
        self._read: dict[str, OfficeHours] = {}

    def hours_of(self, day: date) -> OfficeHours:
        """The office hours in force on that day."""
        text = str(self._book.find(PARAMETER, day, ORDINARY))
        if text not in self._read:
            self._read[text] = OfficeHours.read(text)
        return self._read[text]


def deadlines_of(rule: StageRule, opened: datetime) -> tuple[datetime | None, datetime | None]:
    """(due, told further up) of a seat opened then; (None, None) where the stage sets no time."""
    if rule.hours is None:
        return None, None
    start = timezone.localtime(opened)
    known = WorkingTime(start.date(), start.date() + AHEAD)
    due, escalates = (
        after_working_hours(start, rule.hours * times, known.hours_of, known.calendar.is_work_day) for times in (1, ESCALATION)
    )
    return due, escalates
