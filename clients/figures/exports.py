"""The month's figures, to take away: what the page shows of them."""

from __future__ import annotations

from django.utils import timezone

from branch.exports.register import ExportKind, Prepared, Wanted
from branch.people.roles import Power
from clients.figures.access import branches_for
from clients.figures.queries import figures_month, lines_for
from clients.figures.sheets import workbook, workbook_name
from clients.pages import branch_named, month_asked
from kernel.refusals import Unknown


def prepare(wanted: Wanted) -> Prepared:
    """A branch's month, as far as the person sees it."""
    branch = branch_named(wanted.query.get("branch", ""), branches_for(wanted.person))
    month = month_asked(wanted.query.get("month", ""))
    if month is None:
        raise Unknown("没有这个月份")
    lines = lines_for(wanted.person, branch, month)
    state = figures_month(branch, month).get_state_display()
    return Prepared(
        title=f"{month.label}客户经理业务数据",
        name=workbook_name(branch, month, timezone.localdate()),
        rows=len(lines),
        build=lambda watermark: workbook(branch, month, lines, state=state, watermark=watermark),
        branch=branch,
    )


FIGURES = ExportKind("figures", "客户经理业务数据", prepare, takes=("branch", "month"), reaches=(Power.FIGURES_VIEW,))
