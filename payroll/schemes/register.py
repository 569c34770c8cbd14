"""What guards the months a scheme speaks for: the runs room signs in and refuses a change to months that have a run."""

from __future__ import annotations

from collections.abc import Callable

from branch.org.models import Branch
from kernel.months import Month

MonthGuard = Callable[[Branch, Month, Month | None], object]

_guards: list[MonthGuard] = []


def add_month_guard(guard: MonthGuard) -> None:
    """Sign in a rule that raises Refusal when a month from `first` to `last` (None: without end) of the branch has a run."""
    if guard not in _guards:
        _guards.append(guard)


def refuse_when_paid(branch: Branch, first: Month, last: Month | None) -> None:
    """Asks every guard; the first that refuses is heard."""
    for guard in _guards:
        guard(branch, first, last)
