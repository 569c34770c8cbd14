"""A styled workbook of the report's columns by openpyxl's write-only mode: a floor, and what a machine's pace is told by."""

from __future__ import annotations

import io
import random
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Border, Font, Side

from bench.data import SEED, name
from kernel.months import Month
from kernel.sheets.writing import OutColumn
from payroll.runs.report import COLUMNS

SHOWN = COLUMNS[:43]
FORMATS = {"money": "#,##0.00", "number1": "0.0", "percent": "0.00%", "int": "0"}


def rows_of(count: int) -> list[list[Any]]:
    """Rows in the report's columns, the same for the same count."""
    chance = random.Random(SEED)
    return [[_value(column, at, chance) for column in SHOWN] for at in range(count)]


def _value(column: OutColumn, at: int, chance: random.Random) -> Any:
    if column.kind == "money":
        return Decimal(chance.randrange(0, 5_000_000)).scaleb(-2)
    if column.kind == "month":
        return Month(2026, 10)
    if column.kind == "int":
        return at + 1
    if column.kind in ("percent", "number1"):
        return Decimal(chance.randrange(0, 12)).scaleb(-1)
    return name(chance)


def write_only(rows: list[list[Any]]) -> bytes:
    """The same cells with the same number formats and borders."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("薪酬月报表")
    sheet.freeze_panes = "A3"
    line = Side(style="thin")

    def pattern(kind: str, font: Font | None = None) -> Any:
        cell = WriteOnlyCell(sheet)
        cell.border, cell.number_format = Border(left=line, right=line, top=line, bottom=line), FORMATS.get(kind, "General")
        if font is not None:
            cell.font = font
        return cell._style

    plain = {column.kind: pattern(column.kind) for column in SHOWN}
    strong = {column.kind: pattern(column.kind, Font(bold=True)) for column in SHOWN}

    def styled(value: Any, kind: str = "text", patterns: dict[str, Any] = plain) -> WriteOnlyCell:
        cell = WriteOnlyCell(sheet, value=str(value) if kind == "month" else value)
        cell._style = patterns[kind]  # set once a kind: assigning border and format cell by cell takes seven times as long
        return cell

    sheet.append(["薪酬月报表"])
    sheet.append([styled(column.label, "text", strong) for column in SHOWN])
    sums = [Decimal(0)] * len(SHOWN)
    for values in rows:
        sheet.append([styled(value, column.kind) for value, column in zip(values, SHOWN, strict=True)])
        for at, column in enumerate(SHOWN):
            if column.total:
                sums[at] += values[at]
    sheet.append([styled(total if column.total else "", column.kind, strong) for total, column in zip(sums, SHOWN, strict=True)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
