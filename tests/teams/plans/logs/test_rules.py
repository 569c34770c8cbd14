"""When logs are due, how a week is drawn, how a month counts: the cases a manager can read, and what must hold of any draw."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from branch.calendar.queries import WorkCalendar
from kernel.refusals import Refusal
from teams.plans.logs import rules

CASES: dict[str, Any] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "work_logs.yaml").read_text())
HOLIDAYS = {date(2026, 10, day): "public_holiday" for day in range(1, 8)} | {date(2026, 10, 10): "makeup_workday"}
WORKED = WorkCalendar(HOLIDAYS).is_work_day
TERMS = rules.Terms(time(9, 30), 3, Decimal("0.20"))
LOGS = st.sets(st.integers(1, 10**9), max_size=60)
SHARES = st.decimals(0, 1, places=2)
SEEDS = st.integers(0, 2**62)


def cases(part: str) -> Any:
    return pytest.mark.parametrize("case", CASES[part], ids=lambda case: case["name"])


@cases("due")
def test_due_by_the_next_workday_and_locked_by_the_companys_calendar(case: dict[str, Any]) -> None:
    assert rules.due_at(case["day"], TERMS, WORKED) == datetime.fromisoformat(case["due"])
    assert rules.last_day(case["day"], TERMS, WORKED) == case["last"]


@cases("draw")
def test_how_many_are_drawn(case: dict[str, Any]) -> None:
    assert rules.drawn_count(case["logs"], Decimal(case["share"])) == case["drawn"]
    assert len(rules.draw(range(case["logs"]), Decimal(case["share"]), seed=7)) == case["drawn"]


@cases("week")
def test_drawing_by_hand_begins_with_the_last_full_week(case: dict[str, Any]) -> None:
    assert rules.last_full_week(case["day"]) == case["week"]


@cases("counts")
def test_how_a_month_counts(case: dict[str, Any]) -> None:
    october = {day: date(2026, 10, day) for day in range(1, 32)}
    handed_in = {october[day]: False for day in case["in"]} | {october[day]: True for day in case["late"]}
    found = rules.counts([october[day] for day in case["due"]], handed_in, lambda day: day.day <= case["overdue"])
    assert [found.due, found.in_time, found.late, found.missing, found.waiting] == case["counts"]


@given(LOGS, SHARES, SEEDS)
def test_a_draw_is_of_the_logs_of_the_size_and_the_same_again(logs: set[int], share: Decimal, seed: int) -> None:
    drawn = rules.draw(logs, share, seed)
    assert set(drawn) <= logs
    assert len(drawn) == len(set(drawn)) == rules.drawn_count(len(logs), share)
    assert rules.draw(sorted(logs, reverse=True), share, seed) == drawn


def test_every_log_is_equally_likely_over_seeds() -> None:
    """20,000 seeds, 2 of 10: 4,000 draws each are expected; five standard deviations are 283."""
    times = Counter(log for seed in range(20_000) for log in rules.draw(range(1, 11), TERMS.share, seed))
    assert sum(times.values()) == 40_000
    assert max(abs(times[log] - 4_000) for log in range(1, 11)) < 283


def test_a_known_draw_stays_what_it_was() -> None:
    """Whoever draws again years later, with another Python, must get this."""
    assert rules.draw(range(101, 111), Decimal("0.20"), 20261041) == KNOWN


KNOWN = [104, 106]


@pytest.mark.parametrize(("text", "clock"), [("09:30", time(9, 30)), ("9:30", time(9, 30)), (" 10:00 ", time(10))])
def test_the_parameters_clock_is_read(text: str, clock: time) -> None:
    assert rules.read_clock(text) == clock


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(Refusal, match="请在参数里写成"):
        rules.read_clock("九点半")
    with pytest.raises(Refusal, match="没有第 53 周"):
        rules.week_days(2027, 53)
    with pytest.raises(Refusal, match="请检查日历"):
        rules.workday_after(date(2026, 10, 8), 1, lambda day: False)
