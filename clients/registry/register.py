"""What a lower room needs to know from an upper one: whether a month may still be touched."""

from __future__ import annotations

from collections.abc import Callable

from branch.org.models import Branch
from kernel.months import Month

MonthGuard = Callable[[Branch, Month, bool], None]

_guards: list[MonthGuard] = []


def add_month_guard(guard: MonthGuard) -> None:
    """Sign in a guard that raises Refusal when the month is closed; it locks the month's row for the transaction."""
    if guard not in _guards:
        _guards.append(guard)


def require_open(branch: Branch, month: Month, *, onward: bool = False) -> None:
    """Refuse unless the month (`onward`: and every later one) may still be changed. Call it inside the transaction."""
    for guard in _guards:
        guard(branch, month, onward)
