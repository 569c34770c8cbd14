"""What guards a month's inputs: the runs room signs in and refuses a replacement once a run beyond 待审 rests on them."""

from __future__ import annotations

from collections.abc import Callable

from branch.org.models import Branch
from kernel.months import Month

FreezeGuard = Callable[[Branch, Month], object]

_guards: list[FreezeGuard] = []


def add_freeze_guard(guard: FreezeGuard) -> None:
    """Sign in a rule that raises Refusal when the inputs of (branch, month) may no longer change."""
    if guard not in _guards:
        _guards.append(guard)


def refuse_when_frozen(branch: Branch, month: Month) -> None:
    """Asks every guard; the first that refuses is heard."""
    for guard in _guards:
        guard(branch, month)
