"""How a figure of the month's table is written: amounts with separators, counts whole, rates with their places."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from kernel.money import grouped, half_up

COUNTS = frozenset({"期末客户数", "新增有效户"})
RATES = frozenset({"完成率", "职责系数", "合规系数"})


class Shown(NamedTuple):
    """A value and its text; the value tells the page whether it is negative."""

    value: Decimal | None
    text: str


def figure_text(column: str, value: Decimal | None) -> str:
    """`1,234.50`, `12`, `76.39%`, `1.0`; an absent figure is an empty string."""
    if value is None:
        return ""
    if column in COUNTS:
        return f"{value:,.0f}"
    if column == "完成率":
        return f"{half_up(value * 100):,.2f}%"
    return f"{value:f}" if column in RATES else grouped(value)


def shown(column: str, value: Decimal | None) -> Shown:
    return Shown(value, figure_text(column, value))


def cell_text(kind: str, value: Any) -> str:
    """A cell of the report by its column's kind."""
    if value is None:
        return ""
    if kind == "money":
        return grouped(value)
    if kind == "percent":
        return f"{half_up(value * 100):.2f}%"
    if kind == "number1":
        return f"{Decimal(value).normalize():f}" if Decimal(value) % 1 else f"{Decimal(value):.1f}"
    return f"{value:,.0f}" if kind == "int" else str(value)
