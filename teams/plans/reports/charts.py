"""The geometry of a report's pictures, drawn on the server: shares of a bar's full length, heights of columns. Every
picture stands beside its table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from kernel.months import Month
from teams.plans.reports import tables
from teams.plans.reports.rules import TREND
from teams.plans.targets.metrics import METRICS

FULL = 100  # units of a bar's length, of a column's height
STEP, WIDTH = 30, 18  # of a column: from one to the next, and its own


@dataclass(frozen=True)
class Bar:
    """One bar: its name, length (0–100) and what is said at its end. `reached`: a target's goal was reached."""

    label: str
    length: int
    said: str
    reached: bool = False


@dataclass(frozen=True)
class Column:
    """One column from the bottom: left edge, top and height. A negative figure is drawn as nothing and said in the table."""

    label: str
    x: int
    y: int
    height: int
    said: str

    @property
    def middle(self) -> int:
        return self.x + WIDTH // 2


def _length(value: Decimal, most: Decimal) -> int:
    """0–100, half up; nothing below nought, nothing over the full length."""
    if most <= 0 or value <= 0:
        return 0
    return min(FULL, int((value / most * FULL).quantize(Decimal(1), ROUND_HALF_UP)))


def completion(figures: Mapping[str, Any]) -> list[Bar]:
    """How far each target is, 100 % being the full length."""
    return [
        Bar(METRICS[line["metric"]].label, _length(rate, Decimal(1)), tables.percent(rate), rate >= 1)
        for line in figures["targets"]
        if line["completion"] is not None and (rate := Decimal(line["completion"])) is not None
    ]


def ranking(figures: Mapping[str, Any]) -> list[Bar]:
    """The groups' net income, the best being the full length."""
    lines = [(line["name"], Decimal(line["net_income"])) for line in figures["groups"]]
    most = max((amount for _, amount in lines), default=Decimal(0))
    return [Bar(f"{at}. {name}", _length(amount, most), tables.money(amount)) for at, (name, amount) in enumerate(lines, 1)]


def trend(figures: Mapping[str, Any]) -> list[Column]:
    """The net income of up to twelve months, the highest being the full height."""
    lines: Sequence[Mapping[str, Any]] = figures["trend"]
    amounts = [Decimal(line["net_income"]) for line in lines]
    most = max(amounts, default=Decimal(0))
    found = []
    for at, (line, amount) in enumerate(zip(lines, amounts, strict=True)):
        month, height = Month.parse(line["month"]), _length(amount, most)
        label = f"{month.year % 100}.{month.month}" if month.month == 1 or not at else f"{month.month}月"
        found.append(
            Column(label, at * STEP + (STEP - WIDTH) // 2, FULL - height, height, f"{month.label} {tables.money(amount)} 元")
        )
    return found


def shown(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The three pictures, for a template."""
    return {"bars": completion(figures), "ranked": ranking(figures), "columns": trend(figures), "width": TREND * STEP}
