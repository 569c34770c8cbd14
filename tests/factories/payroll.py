"""What pay tests share: the law's parameters and calendar, the demo branch's opening and input files, and files made of rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from branch.calendar.models import SpecialDay
from branch.parameters.models import ParameterValue
from tests.factories.branch import CRM
from tests.factories.kept import kept

REFERENCE = Path(__file__).resolve().parents[2] / "branch"
OPENING = "期初_2026-08.xlsx"
KEPT = ("code", "name", "value", "effective_from", "effective_to", "source")

Rows = list[list[Any]]


@kept
def seed_law() -> None:
    """All reference parameters, confirmed, and the special days of the calendar."""
    rows = json.loads((REFERENCE / "parameters" / "reference.json").read_text())
    ParameterValue.objects.bulk_create(
        ParameterValue(state=ParameterValue.State.CONFIRMED, **{key: row[key] for key in KEPT}) for row in rows
    )
    with (REFERENCE / "calendar" / "reference_special_days.csv").open(encoding="utf-8-sig") as file:
        SpecialDay.objects.bulk_create(
            SpecialDay(day=date.fromisoformat(row["date"]), kind=row["type"], name=row["holiday"]) for row in csv.DictReader(file)
        )


@lru_cache(maxsize=8)
def demo_bytes(name: str) -> bytes:
    return (CRM / name).read_bytes()


def inputs_name(month: str) -> str:
    return f"核算输入_{month}.xlsx"


def sheet_rows(name: str, sheet: str | None = None) -> Rows:
    """A demo workbook's rows, to be changed by a test."""
    book = load_workbook(io.BytesIO(demo_bytes(name)))
    page = book[sheet] if sheet else book.worksheets[0]
    return [list(row) for row in page.iter_rows(values_only=True)]


def workbook(sheets: dict[str, Sequence[Sequence[Any]]]) -> bytes:
    """A plain .xlsx of these sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed_inputs(month: str, change: Callable[[Rows], object]) -> bytes:
    """The demo month's 核算输入 after `change` (in place) of its rows; row 0 is the header."""
    rows = sheet_rows(inputs_name(month))
    change(rows)
    return workbook({"核算输入": rows})


def changed_opening(change: Callable[[dict[str, Rows]], object]) -> bytes:
    """The demo 期初 after `change` of its two sheets' rows."""
    sheets = {title: sheet_rows(OPENING, title) for title in ("员工", "证券经纪人")}
    change(sheets)
    return workbook(sheets)


def cell(rows: Rows, staff_no: str, column: str, value: Any) -> None:
    """Set one cell of somebody's row."""
    at = rows[0].index(column)
    next(row for row in rows if row[0] == staff_no)[at] = value


def without(rows: Rows, *staff_nos: str) -> None:
    """Take rows out."""
    rows[:] = [row for row in rows if row[0] not in staff_nos]


def demo_scheme() -> dict[str, Any]:
    """A fresh copy of the demo scheme's JSON."""
    data: dict[str, Any] = json.loads((CRM / "scheme_demo.json").read_text())
    return data
