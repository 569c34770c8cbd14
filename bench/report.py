"""《营业部客户经理薪酬月报表》 of 10,000 people: out of the database, and its cells alone against openpyxl's write-only mode."""

from __future__ import annotations

import io
from decimal import Decimal
from statistics import median
from typing import Any

from openpyxl import load_workbook

from bench import pay, worlds
from bench.goals import ratio_row, row
from bench.measure import Row, pairs, peak_memory, timed
from bench.workbook import SHOWN, rows_of, write_only
from kernel.sheets.writing import Book, Sheet
from payroll.runs.models import PayRun
from payroll.runs.sheets import report_workbook

NEEDS_DATABASE = True


def ours(rows: list[list[Any]]) -> bytes:
    return Book(Sheet("薪酬月报表", SHOWN, rows, heading=("薪酬月报表",), totals="sum", footer=("制表:",))).to_bytes()


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
