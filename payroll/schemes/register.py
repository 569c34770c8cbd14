"""What the runs room lends the schemes: a guard of the months that have a run, and the figures that show a scheme at work."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from branch.org.models import Branch
from kernel.months import Month
from payroll.reckoning.lines import Reckoning
from payroll.schemes.models import SchemeVersion

MonthGuard = Callable[[Branch, Month, Month | None], object]

ReckonedMonth = Callable[[SchemeVersion], Iterable[Reckoning]]

_guards: list[MonthGuard] = []
_reckoned: list[ReckonedMonth] = []


def add_month_guard(guard: MonthGuard) -> None:
    """Sign in a rule that raises Refusal when a month from `first` to `last` (None: without end) of the branch has a run."""
    if guard not in _guards:
        _guards.append(guard)


def refuse_when_paid(branch: Branch, first: Month, last: Month | None) -> None:
    """Asks every guard; the first that refuses is heard."""
    for guard in _guards:
        guard(branch, first, last)


def add_reckoned_month(source: ReckonedMonth) -> None:
    """Sign in a source of the reckonings of the last month paid by a version; none when it has paid nobody yet."""
    if source not in _reckoned:
        _reckoned.append(source)


def reckoned_under(version: SchemeVersion) -> list[Reckoning]:
    """The reckonings of the last month paid by the version."""
    return [reckoning for source in _reckoned for reckoning in source(version)]
