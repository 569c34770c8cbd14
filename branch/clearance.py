"""The register of what binds somebody who leaves or is moved: an upper app signs in a source at `AppConfig.ready()`.

Who carries out a 离职 or 调动 asks here, and shows what is still to be done, by whom and on which page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power


@dataclass(frozen=True)
class Binding:
    """What still binds a person: a sentence without the number, how many, who must do something about it, and on which page.

    One that doesn't block is only told: it is settled afterwards. `power`: only who holds it is told, as of pay.
    """

    what: str
    count: int
    url: str
    app: str
    who: str = ""
    blocks: bool = True
    power: Power | None = None

    def told_to(self, viewer: Person) -> bool:
        return self.power is None or holds(viewer, self.power)

    @property
    def words(self) -> str:
        return f"{self.what} {self.count} 项"


Source = Callable[[Person, date], Iterable[Binding]]

_leaving: list[Source] = []
_moving: list[Source] = []


def add_leaving_source(source: Source) -> None:
    """Sign in what binds somebody whose last day is `day`."""
    if source not in _leaving:
        _leaving.append(source)


def add_moving_source(source: Source) -> None:
    """Sign in what binds somebody to the old place who works elsewhere from `day` on, such as goods in custody."""
    if source not in _moving:
        _moving.append(source)


def of_leaver(person: Person, day: date) -> list[Binding]:
    """What binds a person whose last day is `day`; sources with nothing are silent."""
    return [found for source in _leaving for found in source(person, day) if found.count]


def of_mover(person: Person, day: date) -> list[Binding]:
    """What binds a person to the place they leave on `day`."""
    return [found for source in _moving for found in source(person, day) if found.count]
