"""What a person may take away: the templates, and a file given back with the reasons beside its rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kernel.sheets.columns import Column
from kernel.sheets.returning import error_workbook
from kernel.sheets.writing import Book, OutColumn, Sheet
from payroll.intake.findings import cell_problems
from payroll.intake.parsing import INPUTS, OPENING, SHEETS, ReadSheet, read_inputs, read_opening


def _out(column: Column) -> OutColumn:
    kind = {"money": "money", "int": "int", "month": "month"}.get(column.parse.kind, "text")
    if column.parse.kind == "number":
        kind = "number1"
    return OutColumn(column.key, column.name, kind, width=max(10, len(column.name) * 2 + 2))


def input_template(people: Iterable[Mapping[str, Any]]) -> bytes:
    """核算输入 to fill in: everybody employed in the month, `people` = {staff_no, name, due_days (employees), …}."""
    columns = [_out(column) for column in INPUTS]
    rows = [{column.key: person.get(column.key) for column in columns} for person in people]
    return Book(Sheet("核算输入", columns, rows)).to_bytes()


def opening_template(people: Mapping[str, Iterable[Mapping[str, Any]]]) -> bytes:
    """期初 to fill in: a sheet for each kind, with the staff numbers and names of those who need a row."""
    sheets = []
    for kind, title in SHEETS.items():
        columns = [_out(column) for column in OPENING[kind]]
        rows = [{column.key: person.get(column.key) for column in columns} for person in people.get(kind, ())]
        sheets.append(Sheet(title, columns, rows))
    return Book(*sheets).to_bytes()


def input_errors(content: bytes, name: str, refused: list[dict[str, Any]]) -> bytes:
    """The handed-in sheet with 错误原因 beside its rows; `refused` are the kept findings."""
    return _with_reasons(read_inputs(content, name), refused, "核算输入")


def opening_errors(content: bytes, name: str, refused: list[dict[str, Any]], kind: str) -> bytes:
    """The same for one of the two sheets of an opening file."""
    return _with_reasons(read_opening(content, name)[kind], refused, SHEETS[kind], SHEETS[kind])


def _with_reasons(sheet: ReadSheet, refused: list[dict[str, Any]], title: str, only: str = "") -> bytes:
    return error_workbook(sheet.raw, cell_problems(refused, only), title=title, header_row=sheet.header_row)
