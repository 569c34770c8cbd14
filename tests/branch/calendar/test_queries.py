from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from chinese_calendar import is_workday

from branch.calendar.actions import set_day
from branch.calendar.queries import WorkCalendar, year_sheet
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_the_shipped_calendar_agrees_with_the_public_one(office: Office, year: int) -> None:
    for number in range(1, 13):
        month = Month(year, number)
        days = WorkCalendar.of_month(month)
        for day in range(1, month.last.day + 1):
            then = date(year, number, day)
            assert days.is_work_day(then) == is_workday(then), then


def test_trading_days_leave_out_holidays_make_up_weekends_and_closures(office: Office) -> None:
    days = WorkCalendar.between(date(2024, 1, 1), date(2026, 12, 31))
    assert not days.is_trading_day(date(2024, 2, 9))  # closed, though a workday
    assert days.is_work_day(date(2024, 2, 9))
    assert not days.is_trading_day(date(2026, 10, 10))  # a make-up Saturday
    assert days.is_work_day(date(2026, 10, 10))
    assert [days.kind(date(2026, 10, day)) for day in (1, 5, 8)] == ["statutory_holiday", "rest_day", "work_day"]


def test_the_year_sheet_adds_up(office: Office) -> None:
    october = year_sheet(2026)[9]
    assert october.work_days == WorkCalendar.of_month(Month(2026, 10)).work_days(Month(2026, 10)) == 18
    assert sum(1 for week in october.weeks for cell in week if cell) == 31


def test_a_day_changes_with_a_reason_and_back(office: Office) -> None:
    day = date(2026, 11, 25)
    set_day(day=day, kind="market_closure", name="台风", reason="交易所公告", by=office["100009"])
    assert not WorkCalendar.of_month(Month(2026, 11)).is_trading_day(day)
    set_day(day=day, kind="", name="", reason="撤销", by=office["100009"])
    assert WorkCalendar.of_month(Month(2026, 11)).is_trading_day(day)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reason": " "}, "依据"),
        ({"kind": "makeup_workday"}, "本来就是工作日"),
        ({"kind": ""}, "本来就是平常日"),
        ({"kind": "fair"}, "请选择"),
    ],
)
def test_changes_that_are_refused(office: Office, changes: dict[str, str], words: str) -> None:
    given = {"day": date(2026, 11, 25), "kind": "market_closure", "name": "", "reason": "x", **changes}
    with pytest.raises(Refusal, match=words):
        set_day(**given, by=office["100009"])
    with pytest.raises(Forbidden):
        set_day(day=date(2026, 11, 25), kind="market_closure", name="", reason="x", by=office["600001"])


def test_the_shipped_file_has_each_day_once() -> None:
    with (ROOT / "branch" / "calendar" / "reference_special_days.csv").open(encoding="utf-8") as file:
        days = [row["date"] for row in csv.DictReader(file)]
    assert days == sorted(set(days))
