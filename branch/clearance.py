"""The register of what binds somebody who leaves or is moved: an upper app signs in a source at `AppConfig.ready()`.

Who carries out a 离职 or 调动 asks here, and shows what is still to be done, by whom and on which page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.counting import Waiting, counted


@dataclass(frozen=True)
class Binding:
    """What still binds a person: a sentence without the number, how many (or the rows to count), who must do something about it,
    and on which page.

    One that doesn't block is only told: it is settled afterwards. `power`: only who holds it is told, as of pay.
    """

    what: str
    count: Waiting
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
    return _found(_leaving, person, day)


def of_mover(person: Person, day: date) -> list[Binding]:
    """What binds a person to the place they leave on `day`."""
    return _found(_moving, person, day)


def _found(sources: Iterable[Source], person: Person, day: date) -> list[Binding]:
    """Counted in one statement, however many sources."""
    told = [found for source in sources for found in source(person, day)]
    counts = counted([found.count for found in told])
    return [replace(found, count=count) for found, count in zip(told, counts, strict=True) if count]
