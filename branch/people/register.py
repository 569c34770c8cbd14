"""The register of what stands against a person's leaving: an upper app signs in at `AppConfig.ready()`.

A leaving guard is asked when somebody leaves the branch or stops leading, a departure guard only when they leave the branch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from branch.people.models import Person

LeavingGuard = Callable[[Person, date], object]

_guards: list[LeavingGuard] = []
_departures: list[LeavingGuard] = []


def add_leaving_guard(guard: LeavingGuard) -> None:
    """Sign in a rule that raises Refusal when the person can't be said to have left their place after that last day."""
    if guard not in _guards:
        _guards.append(guard)


def refuse_leaving(person: Person, last_day: date) -> None:
    """Asks every guard; the first that refuses is heard."""
    for guard in _guards:
        guard(person, last_day)


def add_departure_guard(guard: LeavingGuard) -> None:
    """Sign in a rule that raises Refusal when the person can't be said to leave the branch after that last day."""
    if guard not in _departures:
        _departures.append(guard)


def refuse_departure(person: Person, last_day: date) -> None:
    """Asks every departure guard; the first that refuses is heard."""
    for guard in _departures:
        guard(person, last_day)
