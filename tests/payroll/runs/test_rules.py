"""Who stands out against last month."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payroll.runs.rules import Bounds, change_share, outliers, too_few

D = Decimal


@pytest.mark.parametrize(
    ("now", "before", "share"),
    [("130", "100", "0.3000"), ("70", "100", "-0.3000"), ("50", "-100", "1.5000"), ("0", "100", "-1.0000")],
)
def test_change_share(now: str, before: str, share: str) -> None:
    assert change_share(D(now), D(before)) == D(share)


def test_nothing_before_has_no_share() -> None:
    assert change_share(D(5), D(0)) is None


def test_exactly_the_bound_is_not_marked_one_fen_more_is() -> None:
    before = {"a": D("100.00"), "b": D("100.00")}
    found = outliers({"a": D("130.00"), "b": D("130.01")}, before, Bounds())
    assert list(found) == ["b"]
    assert "增加 30.01%" in found["b"][0]


def test_a_fall_is_named_as_one() -> None:
    assert "减少 50.00%" in outliers({"a": D(50)}, {"a": D(100)}, Bounds())["a"][0]


def test_who_was_not_there_and_who_had_nothing() -> None:
    found = outliers({"new": D(10), "zero": D(10), "still": D(0)}, {"zero": D(0), "still": D(0)}, Bounds())
    assert found == {"new": ["上月没有工资单,本月首次核算"], "zero": ["上月为 0,本月 10.00 元"]}


def test_one_who_moves_unlike_all_others_is_marked_by_spread() -> None:
    before = {str(n): D(10000) for n in range(20)}
    now = before | {"7": D(12500)}
    found = outliers(now, before, Bounds())
    assert list(found) == ["7"]
    assert "标准差" in found["7"][0]


def test_few_people_have_no_spread() -> None:
    before = {str(n): D(10000) for n in range(5)}
    assert outliers(before | {"1": D(12500)}, before, Bounds()) == {}


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({}, set()),
        ({"A": 30, "B": 3}, set()),
        ({"A": 30, "B": 2}, {"A", "B"}),
        ({"A": 30, "B": 1, "C": 5}, {"B", "C"}),
        ({"A": 30, "B": 1, "C": 2}, {"B", "C"}),
        ({"A": 30, "B": 1, "C": 1, "D": 7}, {"B", "C", "D"}),
        ({"A": 2}, {"A"}),
    ],
)
def test_no_sum_tells_a_single_persons_pay(people: dict[str, int], hidden: set[str]) -> None:
    assert too_few(people) == hidden
