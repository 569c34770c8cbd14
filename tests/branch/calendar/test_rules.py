"""Working hours: over lunch, the night, the weekend, holidays and a change of the office hours."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from branch.calendar.rules import OfficeHours, after_working_hours, working_hours_between
from kernel.refusals import Refusal

HOURS = OfficeHours.read("09:00-12:00 13:00-17:30")
HOLIDAY = date(2026, 10, 1)


def workday(day: date) -> bool:
    return day.weekday() < 5 and day != HOLIDAY


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        ("2026-09-28 09:00", 3, "2026-09-28 12:00"),  # Monday, to the end of the morning
        ("2026-09-28 11:00", 2, "2026-09-28 14:00"),  # over lunch
        ("2026-09-28 12:30", 1, "2026-09-28 14:00"),  # begun at lunch
        ("2026-09-28 07:00", 1, "2026-09-28 10:00"),  # before the office opens
        ("2026-09-28 17:00", 1, "2026-09-29 09:30"),  # over night
        ("2026-09-28 20:00", 8, "2026-09-30 09:30"),  # a day has 7.5 hours
        ("2026-09-30 17:00", 1, "2026-10-02 09:30"),  # over a holiday
        ("2026-10-02 17:00", 1, "2026-10-05 09:30"),  # over the weekend
        ("2026-10-03 10:00", 1, "2026-10-05 10:00"),  # begun on a Saturday
    ],
)
def test_after_working_hours(start: str, hours: int, due: str) -> None:
    assert after_working_hours(at(start), hours, lambda day: HOURS, workday) == at(due)


def test_the_hours_of_each_day_are_those_in_force_on_it() -> None:
    summer = OfficeHours.read("10:00-16:00")
    hours_of = lambda day: summer if day >= date(2026, 9, 29) else HOURS  # noqa: E731
    assert after_working_hours(at("2026-09-28 17:00"), 2, hours_of, workday) == at("2026-09-29 11:30")


@given(st.integers(0, 30 * 24 * 60), st.integers(1, 60))
def test_as_many_hours_lie_between_as_were_asked_for(minutes: int, hours: int) -> None:
    start = at("2026-09-21 00:00") + timedelta(minutes=minutes)
    due = after_working_hours(start, hours, lambda day: HOURS, workday)
    assert working_hours_between(start, due, lambda day: HOURS, workday) == pytest.approx(hours)


def test_nothing_lies_between_a_moment_and_an_earlier_one() -> None:
    assert working_hours_between(at("2026-09-29 10:00"), at("2026-09-28 10:00"), lambda day: HOURS, workday) == 0


@pytest.mark.parametrize("text", ["", "九点", "12:00-09:00", "09:00-12:00 11:00-17:00", "09:00", "09:00-09:00"])
def test_office_hours_that_make_no_sense(text: str) -> None:
    with pytest.raises(Refusal, match="办公时间"):
        OfficeHours.read(text)


def test_a_calendar_without_a_work_day_is_refused() -> None:
    with pytest.raises(Refusal, match="日历"):
        after_working_hours(at("2026-09-28 09:00"), 1, lambda day: HOURS, lambda day: False)


def test_spans_are_read_in_order() -> None:
    assert HOURS.spans == ((time(9), time(12)), (time(13), time(17, 30)))
