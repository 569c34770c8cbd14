"""The company's month to take away: one row a branch, as the page filters and orders them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn
from payroll.close import access, queries
from payroll.close.forms import CloseFilter
from payroll.close.queries import Line, Summed, Sums

COLUMNS = (
    OutColumn("code", "代码", width=12),
    OutColumn("name", "营业部", width=22),
    OutColumn("step", "进度", width=12),
    OutColumn("missing", "还差", width=40),
    OutColumn("people", "在职人数", "int", total=True),
    OutColumn("clients", "客户数", "int", total=True),
    OutColumn("headcount", "发薪人数", "int", total=True),
    OutColumn("gross", "应发合计", "money", width=16, total=True),
    OutColumn("iit", "个税合计", "money", width=16, total=True),
    OutColumn("net", "实发合计", "money", width=16, total=True),
)


def _rows(lines: Sequence[Line], summed: Summed) -> Iterator[dict[str, Any]]:
    """A row a branch; those without a sum of their own have one together, as far as the page tells it, so that 合计 is whole."""
    for line in lines:
        yield {
            "code": line.branch.code,
            "name": line.branch.name,
            "step": line.step_label,
            "missing": "、".join(line.missing),
            "people": line.facts.people,
            "clients": line.clients,
            **(_figures(line.sums) if line.sums else {}),
        }
    if summed.together:
        yield {"name": f"人数较少的 {summed.small} 家(合并)", **_figures(summed.together)}


def _figures(sums: Sums) -> dict[str, Any]:
    return {"headcount": sums.headcount, "gross": sums.gross, "iit": sums.iit, "net": sums.net}


def prepare(wanted: Wanted) -> Prepared:
    access.may_view(wanted.person)
    form = usable(CloseFilter(wanted.query))
    board = queries.board(form.cleaned_data["month"])
    lines = form.chosen(board.lines)
    summed = queries.summed(board, lines)
    heading = [f"所属月份:{board.month.label}  {len(lines)} 家营业部  单位:元"]
    if summed.left_out:
        heading.append(f"合计不含人数较少、不单列的 {summed.left_out} 家")
    title = f"{form.cleaned_data['month']}_公司月结"
    return as_prepared(wanted, Listing(title, COLUMNS, _rows(lines, summed), len(lines), heading=heading, totals=True))


COMPANY_CLOSE = ExportKind(
    "company-close", "公司月结", prepare, takes=(*CloseFilter.base_fields, "sort"), powers=(Power.CLOSE_VIEW,)
)
