"""What an expense may be, and when a month cost too much."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.refusals import Refusal
from teams.plans.expenses import rules

TODAY = date(2026, 10, 15)
LIMIT = Decimal("0.30")


def entry(**changes: Any) -> None:
    given = {"day": TODAY, "amount": Decimal("120.50"), "activity": "莲花社区讲座场地", "today": TODAY}
    rules.require_entry(**given | changes)


@pytest.mark.parametrize("activity", ["中秋客户礼品", "开户送购物卡", "大客户返佣", "给客户的红包"])
def test_gifts_and_rebates_are_refused_with_the_law(activity: str) -> None:
    with pytest.raises(Refusal, match="证监会令第204号"):
        entry(activity=activity)


@pytest.mark.parametrize("name", rules.KINDS)
def test_the_kinds_that_are_shipped_are_lawful(name: str) -> None:
    rules.require_lawful(name)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"day": date(2026, 10, 16)}, "还没有到"),
        ({"amount": Decimal("0.00")}, "大于 0 元"),
        ({"amount": Decimal("1.005")}, "最多两位小数"),
        ({"amount": Decimal("10000000.00")}, "不合常理"),
        ({"activity": "  "}, "什么活动"),
    ],
)
def test_what_cannot_be_an_expense_is_refused(changes: dict[str, Any], said: str) -> None:
    entry()
    with pytest.raises(Refusal, match=said):
        entry(**changes)


@pytest.mark.parametrize(
    ("spent", "income", "rate", "over"),
    [
        ("300.00", "1000.00", "0.3000", False),
        ("300.01", "1000.00", "0.3000", True),
        ("650.00", "1000.00", "0.6500", True),
        ("0.00", "1000.00", "0.0000", False),
        ("1.00", "0.00", None, True),
        ("1.00", "-5.00", None, True),
        ("0.00", "0.00", None, False),
        ("1.00", None, None, False),
    ],
)
def test_s23_over_the_limit(spent: str, income: str | None, rate: str | None, over: bool) -> None:
    got = None if income is None else Decimal(income)
    assert rules.rate(Decimal(spent), got) == (None if rate is None else Decimal(rate))
    assert rules.is_over(Decimal(spent), got, LIMIT) is over
