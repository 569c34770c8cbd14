"""What the runs room lends: vetoes once a run beyond 待审 rests on an input or a tax mode, and what was paid in a year."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from branch.org.models import Branch
from branch.people.models import Person
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


@dataclass(frozen=True)
class YearPaid:
    """What a person was paid here in a tax year: the months of payment, and the cumulative income after the last (yuan)."""

    months: frozenset[int]
    income: Decimal


TaxYearGuard = Callable[[Person, Branch, int], object]
YearHistory = Callable[[Iterable[int], str, int], Mapping[int, YearPaid]]

_tax_year_guards: list[TaxYearGuard] = []
_histories: list[YearHistory] = []


def add_tax_year_guard(guard: TaxYearGuard) -> None:
    """Sign in a rule that raises Refusal when (person, branch, tax year) is already reckoned and may no longer change."""
    if guard not in _tax_year_guards:
        _tax_year_guards.append(guard)


def refuse_when_reckoned(person: Person, branch: Branch, tax_year: int) -> None:
    """Asks every guard; the first that refuses is heard."""
    for guard in _tax_year_guards:
        guard(person, branch, tax_year)


def add_year_history(history: YearHistory) -> None:
    """Sign in who knows what these people, engaged as that kind, were paid in a tax year."""
    if history not in _histories:
        _histories.append(history)


def paid_in(people: Iterable[int], kind: str, tax_year: int) -> dict[int, YearPaid]:
    """Person id → what was paid in the year; who was paid nothing is not in it."""
    ids = list(people)
    found: dict[int, YearPaid] = {}
    for history in _histories:
        found |= history(ids, kind, tax_year)
    return found
