"""Targets by person and month as a sheet: the template, what is handed in, what is given back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.refusals import Refusal
from kernel.sheets import cells, reading
from kernel.sheets.columns import CellProblem, Column, parse_table
from kernel.sheets.raw import Raw
from kernel.sheets.returning import error_workbook
from kernel.sheets.writing import Book, OutColumn, Sheet
from teams.plans.targets.metrics import COUNTED, METRICS
from teams.plans.targets.rules import MONTHS

TITLE = "目标分解表"
BY_LABEL = {METRICS[code].label: code for code in COUNTED}
MONTH_KEYS = tuple(f"m{number}" for number in range(1, MONTHS + 1))
COLUMNS: tuple[Column, ...] = (
    Column("工号", cells.code(longest=20), key="staff_no"),
    Column("姓名", cells.text(longest=40), key="name", required=False),
    Column("项目", cells.choice(*BY_LABEL), key="metric"),
    *(Column(f"{number}月", cells.money(negative=False), key=key, required=False) for number, key in enumerate(MONTH_KEYS, 1)),
)


@dataclass
class ReadSheet:
    """A sheet as read: rows that can be used, what can't be read, and the rows as they came for the error file."""

    rows: list[dict[str, Any]]
    problems: list[CellProblem]
    raw: list[list[Raw]] = field(default_factory=list)
    header_row: int = 1
    count: int = 0


def read_sheet(content: bytes, name: str) -> ReadSheet:
    """An xlsx or CSV file of targets. Raises Refusal when it is no table, or an empty one."""
    table = reading.read(content, name=name)
    parsed = parse_table(table, COLUMNS)
    if parsed.ok and not parsed.rows:
        raise Refusal(f"“{name}”里只有表头,没有数据")
    rows = [{"row": record.row, **record.values} for record in parsed.records]
    return ReadSheet(rows, parsed.errors, table.rows, parsed.header_row or 1, parsed.rows)


def months_in(row: Mapping[str, Any]) -> list[Decimal] | None:
    """The row's twelve months; None where all are left empty."""
    typed = [row[key] for key in MONTH_KEYS]
    return None if all(one is None for one in typed) else [one or Decimal("0.00") for one in typed]


def out_columns() -> list[OutColumn]:
    named = [OutColumn("staff_no", "工号", width=10), OutColumn("name", "姓名", width=10), OutColumn("metric", "项目", width=14)]
    return [*named, *(OutColumn(key, f"{number}月", "money", 14) for number, key in enumerate(MONTH_KEYS, 1))]


def sheet_row(staff_no: str, name: str, metric: str, months: Sequence[Decimal] | None) -> dict[str, Any]:
    """A row of the template or of an export."""
    values = dict(zip(MONTH_KEYS, months, strict=True)) if months is not None else dict.fromkeys(MONTH_KEYS)
    return {"staff_no": staff_no, "name": name, "metric": METRICS[metric].label} | values


def template(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The sheet to fill in, with everybody and every metric, and what is set already."""
    return Book(Sheet(TITLE, out_columns(), list(rows))).to_bytes()


def errors(content: bytes, name: str, refused: Iterable[Mapping[str, Any]]) -> bytes:
    """The handed-in sheet with 错误原因 beside its rows."""
    sheet = read_sheet(content, name)
    problems = [CellProblem(one["row"], one["column"], one["value"], one["message"]) for one in refused if one["row"]]
    return error_workbook(sheet.raw, problems, title=TITLE, header_row=sheet.header_row)
