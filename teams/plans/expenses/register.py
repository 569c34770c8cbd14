"""What upper rooms know of a team's money and sign in when the application starts."""

from __future__ import annotations

from collections.abc import Callable, Collection
from decimal import Decimal

Budget = Callable[[Collection[int], int], dict[int, Decimal]]

_budgets: list[Budget] = []


def add_budget(budget: Budget) -> None:
    """Sign in who knows the budgets: team ids and a year → yuan of the year, by team; a team without one is left out."""
    if budget not in _budgets:
        _budgets.append(budget)


def budgets(teams: Collection[int], year: int) -> dict[int, Decimal]:
    """Team id → the year's budget in yuan, where one is approved."""
    found: dict[int, Decimal] = {}
    for budget in _budgets:
        found |= budget(teams, year)
    return found
