"""Who may object to unlocking a month: payroll, once a run rests on it."""

from __future__ import annotations

from collections.abc import Callable

from branch.org.models import Branch
from kernel.months import Month

UnlockGuard = Callable[[Branch, Month], None]

_guards: list[UnlockGuard] = []


def add_unlock_guard(guard: UnlockGuard) -> None:
    """Sign in a guard that raises Refusal, naming what already uses the month's figures."""
    if guard not in _guards:
        _guards.append(guard)


def require_unused(branch: Branch, month: Month) -> None:
    for guard in _guards:
        guard(branch, month)
