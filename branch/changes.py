"""The register of changes of people: who needs to know signs in at `AppConfig.ready()`; the acts that change something tell.

Told inside the transaction of the act, for days that may lie ahead: who hears it looks up what holds on its own day, and again
each day for what was told early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class What(StrEnum):
    """What began or ended."""

    EMPLOYMENT = "employment"
    POSTING = "posting"
    LEADERSHIP = "leadership"
    ROLE = "role"


@dataclass(frozen=True)
class Change:
    """Of a person something begins or ends. `day` is the first on which it is so: its first day, or the one after its last."""

    what: What
    begins: bool
    person_id: int
    day: date


Listener = Callable[[Change], object]

_listeners: list[Listener] = []


def add_listener(listener: Listener) -> None:
    """Sign in who wants to hear of changes."""
    if listener not in _listeners:
        _listeners.append(listener)


def begun(what: What, person_id: int, day: date) -> None:
    """Tell that something begins on `day`."""
    _tell(Change(what, True, person_id, day))


def ended(what: What, person_id: int, day: date) -> None:
    """Tell that something is over from `day` on."""
    _tell(Change(what, False, person_id, day))


def _tell(change: Change) -> None:
    for listener in _listeners:
        listener(change)
