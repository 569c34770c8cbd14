"""What the room above lends to the runs' pages: what happened to a run after it was signed (冲销, 更正)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from payroll.runs.models import PayRun


@dataclass(frozen=True)
class Afterwards:
    """One entry of a run's history: what it was, how it stands, who began it and why, and where it is shown."""

    label: str
    state: str
    who: str
    at: datetime
    reason: str
    url: str


History = Callable[[PayRun], Iterable[Afterwards]]

_histories: list[History] = []


def add_history(history: History) -> None:
    """Sign in who knows what happened to a run's month after its approval."""
    if history not in _histories:
        _histories.append(history)


def afterwards(run: PayRun) -> list[Afterwards]:
    """Everything that happened to the run's month, newest first."""
    return sorted((entry for history in _histories for entry in history(run)), key=lambda entry: entry.at, reverse=True)
