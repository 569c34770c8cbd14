"""The report on paper: the form's columns in its order, in three parts that fit an A4 page, each with the person in front."""

from __future__ import annotations

from dataclasses import dataclass

from kernel.sheets.writing import OutColumn
from payroll.runs.models import PayRun
from payroll.runs.report import COLUMNS, rows, slips_for_report, totals
from payroll.runs.words import cell_text

LEADING = ("line_no", "staff_no", "name")
PARTS = (
    ("一、业绩与任务", "team", "completion_rate"),
    ("二、应发项目", "base_standard", "gross_pay"),
    ("三、扣款与实发", "pension_ee", "remark"),
)


@dataclass(frozen=True)
class Cell:
    text: str
    number: bool


@dataclass(frozen=True)
class Part:
    """One part of the paper: heads, a row a person, the sums under the columns that add up."""

    title: str
    heads: list[str]
    rows: list[list[Cell]]
    sums: list[Cell]


def paper_parts(run: PayRun) -> list[Part]:
    """The three parts of the run's report."""
    table = rows(run, slips_for_report(run))
    sums = totals(table)
    found = []
    for title, first, last in PARTS:
        columns = _between(first, last)
        whole = [column for column in COLUMNS if column.key in LEADING] + columns
        body = [[_cell(column, row[column.key]) for column in whole] for row in table]
        feet = [_cell(column, sums.get(column.key)) for column in columns]
        found.append(Part(title, [column.label for column in whole], body, feet))
    return found


def _between(first: str, last: str) -> list[OutColumn]:
    keys = [column.key for column in COLUMNS]
    return list(COLUMNS[keys.index(first) : keys.index(last) + 1])


def _cell(column: OutColumn, value: object) -> Cell:
    return Cell(cell_text(column.kind, value), column.kind not in {"text", "month"})
