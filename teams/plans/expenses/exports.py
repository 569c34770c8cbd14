"""Expenses to take away: what the page shows of them, voided ones with their reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.choices import branches_of
from branch.people.roles import Power
from kernel.money import ZERO
from kernel.refusals import Unknown
from kernel.sheets.writing import OutColumn
from teams.plans.expenses import queries
from teams.plans.expenses.forms import ExpenseFilter
from teams.plans.expenses.models import Expense, ExpenseKind

COLUMNS = (
    OutColumn("day", "日期", "day", 12),
    OutColumn("team", "团队", width=14),
    OutColumn("kind", "类别", width=8),
    OutColumn("activity", "活动", width=36),
    OutColumn("amount", "金额(元)", "money", 14),
    OutColumn("made_by", "登记人", width=10),
    OutColumn("voided", "作废金额(元)", "money", 14),
    OutColumn("void_reason", "作废原因", width=24),
)


def _rows(expenses: Iterable[Expense]) -> Iterator[dict[str, Any]]:
    """A voided expense stands beside the sum, not in it."""
    for row in expenses:
        yield {
            "day": row.day,
            "team": row.team.name,
            "kind": row.kind.name,
            "activity": row.activity,
            "amount": ZERO if row.voided else row.amount,
            "made_by": row.made_by.name,
            "voided": row.amount if row.voided else None,
            "void_reason": row.void_reason,
        }


def prepare(wanted: Wanted) -> Prepared:
    """A month's expenses, as far as the person sees them."""
    branches = branches_of(wanted.person, Power.EXPENSE_VIEW)
    if not branches:
        raise Unknown("您没有可以查看的营业部")
    teams = list(queries.teams_of(wanted.person, Power.EXPENSE_VIEW).filter(branch__in=branches))
    form = usable(ExpenseFilter(wanted.query, branches=branches, teams=teams, kinds=list(ExpenseKind.objects.all())))
    branch, month = form.branch_now, form.month_now
    rows = list(queries.expenses_for(wanted.person, branch=branch, month=month, team=form.team_now, kind=form.kind_now))
    title = f"{month.label}团队费用"
    heading = [f"{branch.name}  单位:元"]
    return as_prepared(wanted, Listing(title, COLUMNS, _rows(rows), len(rows), heading=heading, branch=branch, totals=True))


EXPENSES = ExportKind("expenses", "团队费用", prepare, takes=("branch", "month", "team", "kind"), powers=(Power.EXPENSE_VIEW,))
