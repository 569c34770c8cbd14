"""What a report covers, when it is due, and how its months add up. Plain functions of plain values, the date passed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, half_up
from kernel.months import Month, months_between
from kernel.refusals import Refusal
from teams.plans.logs.rules import IsWorkDay, workday_after

MONTH, HALF, YEAR = "month", "half", "year"
KINDS = {MONTH: "月度", HALF: "半年", YEAR: "年度"}
LENGTHS = {MONTH: 1, HALF: 6, YEAR: 12}
DUE = {MONTH: ("plans.report_due_month", 5), HALF: ("plans.report_due_half", 10), YEAR: ("plans.report_due_year", 15)}
"""Kind → its parameter and the default: working days after the period's end (art. 6 says 定期)."""
LATEST = 60  # working days: no parameter above it is taken for meant
TEXTS = {"analysis": "业务分析说明", "issues": "问题与措施", "next_plan": "下期计划"}
LONGEST = 20_000  # characters of a text
TREND = 12  # months shown up to the period's end

FLOWS = (
    *("accounts", "accounts_institution", "valid", "assets_in", "assets_out", "assets_net"),
    *("turnover", "net_commission", "other_income", "product_sales"),
)
STOCKS = ("clients", "assets_end")
COUNTS = ("accounts", "accounts_institution", "valid", "clients")


def require_period(kind: str, last: Month) -> None:
    """A half-year ends in June or December, a year in December. Raises Refusal."""
    if kind not in KINDS:
        raise Refusal("请选择月度、半年或年度报告", code="bad_kind")
    if last.month % LENGTHS[kind]:
        raise Refusal("半年报告到 6 月或 12 月为止,年度报告到 12 月为止", code="bad_period")


def months_of(kind: str, last: Month) -> list[Month]:
    """The months of the period that ends with `last`."""
    return list(months_between(last + (1 - LENGTHS[kind]), last))


def period_label(kind: str, last: Month) -> str:
    """2026年6月, 2026年上半年, 2026年度."""
    if kind == MONTH:
        return last.label
    return f"{last.year}年度" if kind == YEAR else f"{last.year}年{'上' if last.month == 6 else '下'}半年"


def next_label(kind: str) -> str:
    """How the form calls what follows."""
    return {MONTH: "下月计划", HALF: "下半年计划", YEAR: "下年计划"}[kind]


def latest_period(kind: str, day: date) -> Month:
    """The last month of the newest period of that kind that has ended before `day`."""
    month = Month.of(day).previous
    return month + -(month.month % LENGTHS[kind])


def due_day(last: Month, days: int, is_work_day: IsWorkDay) -> date:
    """The working day by which the report is handed in: the `days`-th after the period's last day."""
    return workday_after(last.last, min(max(days, 1), LATEST), is_work_day)


def sum_up(months: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A period's figures from its months': flows added up, levels as the last month has them. Counts are numbers, money yuan."""
    found: dict[str, Any] = {}
    for name in FLOWS:
        found[name] = sum((month[name] for month in months), 0 if name in COUNTS else ZERO)
    for name in STOCKS:
        found[name] = months[-1][name]
    return found


def completion(actual: Decimal | int, goal: Decimal) -> Decimal | None:
    """A share with four places; None where there is nothing to reach."""
    return half_up(Decimal(actual) / goal, 4) if goal > 0 else None


def require_length(texts: Mapping[str, str]) -> None:
    """Raises Refusal."""
    for name, label in TEXTS.items():
        if len(texts.get(name, "")) > LONGEST:
            raise Refusal(f"“{label}”最多 {LONGEST:,} 字", code="too_long")


def require_texts(texts: Mapping[str, str]) -> None:
    """Every text is written before the report is handed in. Raises Refusal."""
    missing = [label for name, label in TEXTS.items() if not texts.get(name, "").strip()]
    if missing:
        raise Refusal(f"请先写完:{'、'.join(missing)}", code="incomplete")
