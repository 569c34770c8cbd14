"""The reminder of the 15th: on the next workday where it is a rest day, but the date stays the 15th (S3)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from branch.calendar import actions as calendar
from branch.notices.models import Notice
from kernel.months import Month
from teams.plans.targets import pace
from teams.plans.targets.actions import remind_of_the_15th
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import TEAM_LEADER, chain, imported, manager_rows, october

OWNER = "600103"


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (Month(2026, 10), date(2026, 10, 15)),  # a Thursday
        (Month(2026, 11), date(2026, 11, 16)),  # the 15th is a Sunday
        (Month(2026, 8), date(2026, 8, 17)),  # a Saturday
    ],
)
def test_the_day_of_the_reminder(month: Month, day: date) -> None:
    assert pace.reminder_day(month, lambda one: one.weekday() < 5) == day


def test_a_month_without_another_workday_is_reminded_on_the_15th() -> None:
    assert pace.reminder_day(Month(2026, 10), lambda one: False) == date(2026, 10, 15)


@pytest.fixture
def people(db: None) -> People:
    calendar.take_reference([(date(2026, 10, 15), "public_holiday", "测试")])
    return load_roster_people()


def told(people: People, staff_no: str) -> list[str]:
    return list(Notice.objects.filter(person=people[staff_no], key__startswith="targets.due15").values_list("text", flat=True))


def test_on_a_rest_day_the_reminder_waits_and_the_date_does_not(people: People, django_capture_on_commit_callbacks: Any) -> None:
    chain(people, "accounts", october(3))
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-14 17:00")
    with django_capture_on_commit_callbacks(execute=True):
        assert remind_of_the_15th(date(2026, 10, 15)) == 0
    assert told(people, OWNER) == []
    for _ in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            assert remind_of_the_15th(date(2026, 10, 16)) == 1
    (said,) = told(people, OWNER)
    assert said == "15 日是休息日,今天提醒:2026年10月的任务应在 15 日前完成,您还没有完成的是 新开户数 2 户(目标 3 户)"
    (said,) = told(people, TEAM_LEADER)
    assert said == f"15 日是休息日,今天提醒:本队还有 1 人没有完成2026年10月的全部目标:{people[OWNER].name}"
    assert not pace.in_time(date(2026, 10, 16))


def test_who_is_through_is_left_alone_and_without_figures_nobody_is_told(people: People) -> None:
    chain(people, "accounts", october(3))
    assert remind_of_the_15th(date(2026, 10, 16)) == 0
    imported(people, manager_rows(people, OWNER, (9, 12, 13)), "2026-10-14 17:00")
    assert remind_of_the_15th(date(2026, 10, 16)) == 0
