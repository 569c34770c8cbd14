"""The month's figures as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from branch.org.models import Branch
from clients.figures.queries import FigureLine
from clients.figures.rules import COUNTS, FIGURES, LABELS
from kernel.months import Month
from kernel.sheets.writing import Book, OutColumn, Sheet


def workbook(branch: Branch, month: Month, lines: Sequence[FigureLine], *, state: str, watermark: str = "") -> bytes:
    """One row a manager, by team, with the totals of all."""
    columns = [OutColumn("team", "团队", width=14), OutColumn("staff_no", "工号", width=10), OutColumn("name", "姓名", width=10)]
    columns += [OutColumn(name, LABELS[name], "int" if name in COUNTS else "money", width=16, total=True) for name in FIGURES]
    rows = [
        {"team": line.team, "staff_no": line.person.staff_no, "name": line.person.name} | line.values
        for line in sorted(lines, key=lambda line: (line.team, line.person.staff_no))
    ]
    heading = [f"{branch.name}客户经理月度业务数据", f"月份:{month.label}  状态:{state}  单位:元"]
    return Book(Sheet("业务数据", columns, rows, heading=heading, totals="sum"), watermark=watermark).to_bytes()


def workbook_name(branch: Branch, month: Month, today: date) -> str:
    """营业部_月份_报表_日期.xlsx"""
    return f"{branch.name}_{month}_客户经理业务数据_{today:%Y%m%d}.xlsx"
