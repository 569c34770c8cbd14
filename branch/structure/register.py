"""The register of what a new team needs before it begins: an upper app signs in at `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from branch.org.models import Team
from branch.people.models import Person


@dataclass(frozen=True)
class Need:
    """One thing a team needs before it begins: what, whether it is there, the sentence that says so, and where to mend it."""

    label: str
    met: bool
    sentence: str
    url: str = ""


Asked = Callable[[Team, date], Iterable[Need]]
Begun = Callable[[Team, Person], object]

_asked: list[Asked] = []
_begun: list[Begun] = []


def add_needs(asked: Asked) -> None:
    """Sign in what is asked of a team that shall begin on that day."""
    if asked not in _asked:
        _asked.append(asked)


def add_begun(told: Begun) -> None:
    """Sign in what follows when a team begins, in the same transaction."""
    if told not in _begun:
        _begun.append(told)


def asked_of(team: Team, on: date) -> list[Need]:
    return [need for asked in _asked for need in asked(team, on)]


def begun(team: Team, by: Person) -> None:
    for told in _begun:
        told(team, by)
