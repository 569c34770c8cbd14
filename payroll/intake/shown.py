"""Cells as a page shows them: text and CSS class, by the kind of their column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import decimal, grouped
from kernel.sheets.columns import Column
from payroll.intake.parsing import INPUTS


@dataclass(frozen=True, slots=True)
class Cell:
    text: str = ""
    css: str = ""


def head(column: Column) -> Cell:
    """A column's heading, with 元 where it holds money."""
    kind = column.parse.kind
    unit = "(元)" if kind == "money" else ""
    return Cell(column.name + unit, "" if kind in ("month", "choice", "text") else "num")


def cell(value: Any, kind: str) -> Cell:
    """A blank one stays blank: nothing is shown as nought that was not delivered."""
    if value is None:
        return Cell()
    if isinstance(value, bool):
        return Cell("是" if value else "否")
    if kind == "money":
        return Cell(grouped(decimal(value)), "num neg" if value < 0 else "num")
    if isinstance(value, Decimal):
        text = f"{value:,f}"
        return Cell(text.rstrip("0").rstrip(".") if "." in text else text, "num")
    return Cell(str(value), "num" if isinstance(value, int) else "")


_KINDS = {column.name: column.parse.kind for column in INPUTS}


def kept_text(column: str, text: str) -> str:
    """A cell of 核算输入 kept as text (`1234.50`), as a page shows its column; what is no number (空, 是, 新增) as it is."""
    try:
        return cell(decimal(text), _KINDS.get(column, "")).text
    except ValueError:
        return text


def kept_changes(changes: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """What a pre-checked sheet changes, as a page shows it."""
    return [{**one, **{side: kept_text(one["column"], one[side]) for side in ("old", "new")}} for one in changes]
