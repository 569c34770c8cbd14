"""《营业部客户经理薪酬月报表》 of 10,000 people: out of the database, and its cells alone against openpyxl's write-only mode."""

from __future__ import annotations

import io
import random
from decimal import Decimal
from statistics import median
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Border, Font, Side

from bench import pay, worlds
from bench.data import SEED, name
from bench.goals import ratio_row, row
from bench.measure import Row, pairs, peak_memory, timed
from kernel.months import Month
from kernel.sheets.writing import Book, OutColumn, Sheet
from payroll.runs.models import PayRun
from payroll.runs.report import COLUMNS
from payroll.runs.sheets import report_workbook

NEEDS_DATABASE = True
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


def ours(rows: list[list[Any]]) -> bytes:
    return Book(Sheet("薪酬月报表", SHOWN, rows, heading=("薪酬月报表",), totals="sum", footer=("制表:",))).to_bytes()


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


def differences(content: bytes, rows: list[list[Any]]) -> int:
    """Cells of the written book that are not the number or text that went in; the totals are values, readable as they are."""
    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    found, sums = 0, [Decimal(0)] * len(SHOWN)
    read = list(sheet.iter_rows(min_row=3, values_only=True))
    for wanted, there in zip(rows, read, strict=False):
        for at, column in enumerate(SHOWN):
            if column.kind == "money":
                sums[at] += wanted[at]
                found += not isinstance(there[at], int | float) or Decimal(str(there[at])) != wanted[at]
            elif column.kind == "text":
                found += there[at] != wanted[at]
    totals = read[len(rows)]
    return found + sum(column.kind == "money" and Decimal(str(totals[at])) != sums[at] for at, column in enumerate(SHOWN))


def peak() -> None:
    """The workbook of the run that is there, in a fresh process."""
    report_workbook(PayRun.objects.shown().get())


def run(reduced: bool) -> list[Row]:
    count = 1_000 if reduced else 10_000
    worlds.ground()
    pay.ours(pay.begin(worlds.ready_to_compute(count)[0]))
    computed = PayRun.objects.shown().get()
    whole = median(timed(lambda: report_workbook(computed)) for _ in range(3)) * 10_000 / count
    memory = peak_memory("bench.report")
    rows = rows_of(count)
    took = pairs(lambda: ours(rows), lambda: write_only(rows), reduced=reduced)
    size = f"{count:,} × {len(SHOWN)}"
    wrong = differences(ours(rows), rows)
    return [
        row(
            "report.seconds",
            "report xlsx from the slips, both sheets",
            f"{count:,} people",
            whole,
            f"{whole:.2f} s for 10,000",
            reduced,
        ),
        row("report.memory", "peak memory of it", f"{count:,} people", memory, f"{memory:.0f} MB", reduced),
        ratio_row("report.ratio", "its writing alone, against openpyxl write-only", size, took, "openpyxl", reduced),
        row("report.differences", "cells read back that differ", size, wrong, str(wrong), reduced),
    ]
