"""What a report covers, when it is due, and how its months add up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.months import Month
from kernel.refusals import Refusal
from teams.plans.reports import charts, rules


@pytest.mark.parametrize(
    ("kind", "last", "first", "label"),
    [
        ("month", "2026-06", "2026-06", "2026年6月"),
        ("half", "2026-06", "2026-01", "2026年上半年"),
        ("half", "2026-12", "2026-07", "2026年下半年"),
        ("year", "2026-12", "2026-01", "2026年度"),
    ],
)
def test_periods(kind: str, last: str, first: str, label: str) -> None:
    month = Month.parse(last)
    rules.require_period(kind, month)
    assert str(rules.months_of(kind, month)[0]) == first
    assert rules.months_of(kind, month)[-1] == month
    assert rules.period_label(kind, month) == label


@pytest.mark.parametrize(("kind", "last"), [("half", "2026-05"), ("year", "2026-06"), ("week", "2026-06")])
def test_periods_that_are_none(kind: str, last: str) -> None:
    with pytest.raises(Refusal):
        rules.require_period(kind, Month.parse(last))


@pytest.mark.parametrize(
    ("kind", "day", "last"),
    [
        ("month", "2026-07-01", "2026-06"),
        ("month", "2026-07-31", "2026-06"),
        ("half", "2026-06-30", "2025-12"),
        ("half", "2026-07-01", "2026-06"),
        ("year", "2026-12-31", "2025-12"),
        ("year", "2027-01-01", "2026-12"),
    ],
)
def test_the_newest_period_that_has_ended(kind: str, day: str, last: str) -> None:
    assert str(rules.latest_period(kind, date.fromisoformat(day))) == last


def test_due_on_a_working_day() -> None:
    """June ends on a Tuesday; the fifth weekday after it is July 7th, the weekend left out."""
    assert rules.due_day(Month(2026, 6), 5, lambda day: day.weekday() < 5) == date(2026, 7, 7)
    assert rules.due_day(Month(2026, 6), 0, lambda day: day.weekday() < 5) == date(2026, 7, 1), "nought would be no time at all"


def test_flows_add_up_and_levels_are_the_last() -> None:
    def month(number: int) -> dict[str, Any]:
        flows = {name: number if name in rules.COUNTS else Decimal(number) for name in rules.FLOWS}
        return flows | {"clients": number * 10, "assets_end": Decimal(number * 100)}

    total = rules.sum_up([month(1), month(2), month(3)])
    assert (total["accounts"], total["net_commission"]) == (6, Decimal(6))
    assert (total["clients"], total["assets_end"]) == (30, Decimal(300))


@pytest.mark.parametrize(("actual", "goal", "rate"), [(3, "4", "0.7500"), (1, "3", "0.3333"), (2, "3", "0.6667"), (5, "0", None)])
def test_completion(actual: int, goal: str, rate: str | None) -> None:
    assert rules.completion(actual, Decimal(goal)) == (None if rate is None else Decimal(rate))


def test_pictures_say_no_more_than_their_figures() -> None:
    figures = {
        "targets": [
            {"metric": "accounts", "completion": "1.2500"},
            {"metric": "net_income", "completion": "0.4950"},
            {"metric": "assets", "completion": None},
        ],
        "groups": [{"name": "第1组", "net_income": "200.00"}, {"name": "第2组", "net_income": "-5.00"}],
        "trend": [{"month": "2026-05", "net_income": "50.00"}, {"month": "2026-06", "net_income": "100.00"}],
    }
    assert [(bar.length, bar.said, bar.reached) for bar in charts.completion(figures)] == [
        (100, "125.00%", True),
        (50, "49.50%", False),
    ]
    assert [(bar.label, bar.length) for bar in charts.ranking(figures)] == [("1. 第1组", 100), ("2. 第2组", 0)]
    assert [(column.height, column.y) for column in charts.trend(figures)] == [(50, 50), (100, 0)]
