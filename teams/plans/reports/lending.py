"""What the rooms of this app lend to a report: a team's expenses."""

from __future__ import annotations

from decimal import Decimal

from branch.org.models import Team
from clients.bulk import exact
from kernel.money import ZERO
from kernel.months import Month
from teams.plans.expenses.models import Expense
from teams.plans.reports.register import COST, Lender


def expenses(team: Team, months: list[Month]) -> dict[Month, Decimal]:
    """What the team spent in each of these months, yuan; nothing recorded is nothing spent."""
    rows = Expense.objects.counting().filter(team=team, month__in=months).order_by()
    spent = dict(rows.values_list("month").annotate(spent=exact("amount")))
    return {month: spent.get(month) or ZERO for month in months}


EXPENSES = Lender(COST, expenses, "的费用还没有登记")
