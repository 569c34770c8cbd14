"""Splits, gaps and the pace of a month: the cases a manager can read, and what must hold of any figures."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from hypothesis import HealthCheck, given
from hypothesis import settings as drawn
from hypothesis import strategies as st

from branch.calendar.queries import WorkCalendar
from kernel.money import total
from kernel.months import Month
from kernel.refusals import Refusal
from teams.plans.targets import pace, rules
from teams.plans.targets.metrics import METRICS

CASES: dict[str, Any] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "targets.yaml").read_text())
OCTOBER = Month(2026, 10)
HOLIDAYS = {date(2026, 10, day): "public_holiday" for day in range(1, 8)} | {date(2026, 10, 10): "makeup_workday"}
ACCOUNTS, INCOME = METRICS["accounts"], METRICS["net_income"]


def cases(part: str) -> Any:
    return pytest.mark.parametrize("case", CASES[part], ids=[case["name"] for case in CASES[part]])


def refused(case: dict[str, Any]) -> Any:
    return pytest.raises(Refusal, match=case["refused"]) if "refused" in case else nullcontext()


def amounts(texts: list[Any]) -> list[Decimal]:
    return [Decimal(str(text)) for text in texts]


def points(case: dict[str, Any]) -> list[tuple[date, Decimal]]:
    return [(date(2026, 10, int(day)), Decimal(value)) for day, value in case["points"].items()]


def worked(day: date) -> int:
    days = WorkCalendar(HOLIDAYS)
    return sum(days.is_work_day(date(2026, 10, n)) for n in range(1, day.day + 1))


@cases("split")
def test_a_years_figure_over_its_months(case: dict[str, Any]) -> None:
    metric, amount = METRICS[case["metric"]], Decimal(case["amount"])
    with refused(case):
        split = rules.evenly(amount, metric) if case["way"] == "even" else rules.by_shape(amount, amounts(case["last"]), metric)
        assert list(split.parts) == amounts(case["months"])
        assert split.remainder == Decimal(case["remainder"])
        assert rules.year_figure(split.parts, metric) == amount


@cases("gap")
def test_what_is_left_is_shown_and_more_than_the_whole_is_refused(case: dict[str, Any]) -> None:
    whole, parts = Decimal(case["whole"]), amounts(case["parts"])
    year = {f"第{n}组": [part] * 12 for n, part in enumerate(parts, 1)}
    assert rules.gaps([whole] * 12, year.values()) == [Decimal(case["gap"])] * 12
    with refused(case):
        for whose, months in year.items():
            for amount in months:
                rules.require_amount(amount, ACCOUNTS, whose)
        rules.require_within([whole] * 12, year, ACCOUNTS, of="营销一队")


@cases("income")
def test_parts_of_the_income_equal_the_total(case: dict[str, Any]) -> None:
    whole, parts = Decimal(case["total"]), amounts(case["parts"])
    assert rules.income_gap(whole, parts) == Decimal(case["gap"])
    with refused(case):
        rules.require_parts_equal(whole, parts)


@cases("reached")
def test_the_fifteenth(case: dict[str, Any]) -> None:
    found = pace.reached_on(points(case), Decimal(case["target"]))
    assert (found.day if found else None) == case["on"]
    assert pace.in_time(found) is case["in_time"]


@cases("rate")
def test_completion(case: dict[str, Any]) -> None:
    wanted = None if case["rate"] is None else Decimal(case["rate"])
    assert pace.rate(Decimal(case["actual"]), Decimal(case["target"])) == wanted


@cases("forecast")
def test_where_the_pace_leads(case: dict[str, Any]) -> None:
    wanted = None if case["forecast"] is None else Decimal(case["forecast"])
    base = Decimal(case.get("base", 0))
    assert pace.forecast(Decimal(case["actual"]), case["passed"], case["days"], base) == wanted


@cases("behind")
def test_how_far_behind(case: dict[str, Any]) -> None:
    assert pace.behind(Decimal(case["rate"]), case["passed"], case["days"]) == Decimal(case["behind"])


@cases("data_day")
def test_the_day_whose_business_an_import_holds(case: dict[str, Any]) -> None:
    assert pace.data_day(datetime.fromisoformat(case["at"]), Month.parse(case["month"])) == date.fromisoformat(case["day"])


@cases("moved")
def test_a_move_splits_the_month_by_date(case: dict[str, Any]) -> None:
    own = pace.spans([(date(2020, 1, 1), 1), (date(2026, 10, case["on"]), 2)], OCTOBER)
    assert [(span.unit, span.first.day, span.last.day) for span in own] == [(1, 1, case["on"] - 1), (2, case["on"], 31)]
    parts = [pace.earned_in(points(case), [span], OCTOBER.last, worked, dated=case["dated"]) for span in own]
    assert parts == amounts([case["first"], case["second"]])


def test_somebody_who_came_in_the_month_belongs_to_the_first_unit_from_its_first_day() -> None:
    assert pace.spans([(date(2026, 10, 12), 1)], OCTOBER) == [pace.Span(1, OCTOBER.first, OCTOBER.last)]
    assert pace.spans([], OCTOBER) == [pace.Span(None, OCTOBER.first, OCTOBER.last)]
    assert pace.spans([(date(2026, 11, 2), 1)], OCTOBER) == [pace.Span(None, OCTOBER.first, OCTOBER.last)]


UNHURRIED = drawn(
    deadline=None, suppress_health_check=[HealthCheck.too_slow]
)  # the machine may be busy; the examples are as many
WHOLE = st.integers(0, 10**9).map(Decimal)
CENTS = st.integers(0, 10**13).map(lambda cents: Decimal(cents) / 100)
SHAPE = st.lists(st.integers(0, 10**6).map(Decimal), min_size=12, max_size=12).filter(lambda shape: sum(shape) > 0)


@UNHURRIED
@given(WHOLE, SHAPE)
def test_whole_units_sum_exactly_in_any_shape(amount: Decimal, shape: list[Decimal]) -> None:
    split = rules.by_shape(amount, shape, ACCOUNTS)
    assert total(split.parts) == amount
    assert all(part >= 0 and part == part.to_integral_value() for part in split.parts)
    assert 0 <= split.remainder < 12


@UNHURRIED
@given(CENTS, SHAPE)
def test_cents_sum_exactly_in_any_shape(amount: Decimal, shape: list[Decimal]) -> None:
    split = rules.by_shape(amount, shape, INCOME)
    assert total(split.parts) == amount
    assert all(part >= 0 for part in split.parts)
    assert 0 <= split.remainder < Decimal("0.12")


@UNHURRIED
@given(CENTS)
def test_evenly_no_month_differs_by_more_than_a_cent(amount: Decimal) -> None:
    split = rules.evenly(amount, INCOME)
    assert max(split.parts) - min(split.parts) <= Decimal("0.01")
    assert total(split.parts) == amount


@UNHURRIED
@given(
    st.lists(st.integers(1, 31), unique=True, max_size=6).map(sorted),
    st.lists(st.integers(0, 10**8), min_size=6, max_size=6).map(sorted),
    st.lists(st.integers(2, 31), unique=True, max_size=3).map(sorted),
    st.booleans(),
)
def test_however_often_somebody_moves_the_units_sum_to_the_person(
    days: list[int], values: list[int], moved: list[int], dated: bool
) -> None:
    """Nothing is lost and nothing counted twice, to the 分."""
    own_points = [(date(2026, 10, day), Decimal(value) / 100) for day, value in zip(days, values, strict=False)]
    moves = [(date(2020, 1, 1), 0), *((date(2026, 10, day), n) for n, day in enumerate(moved, 1))]
    parts = [pace.earned_in(own_points, [span], OCTOBER.last, worked, dated=dated) for span in pace.spans(moves, OCTOBER)]
    assert total(parts) == (own_points[-1][1] if own_points else 0)
    assert all(part >= 0 for part in parts)
