"""What the room needs from upper apps: on which days somebody was excused (leave, holiday), so that no log is due.

Attendance signs in at `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date

Excuses = Callable[[Collection[int], date, date], set[tuple[int, date]]]
"""(persons, first day, last day) → the (person, day) pairs on which no log is due."""

_sources: list[Excuses] = []


def add_excuses(source: Excuses) -> None:
    if source not in _sources:
        _sources.append(source)


def excused(people: Collection[int], first: date, last: date) -> set[tuple[int, date]]:
    return set().union(*(source(people, first, last) for source in _sources))
