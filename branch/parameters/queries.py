"""Dated values: what holds on a day. Nothing is guessed: a day without a value is refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import QuerySet

from branch.parameters import rules
from branch.parameters.models import ParameterValue
from branch.people.models import Person
from branch.prepared import Prepared
from kernel import dated

DOUBTFUL = "待核实"


class Kept(NamedTuple):
    """A confirmed value as it is reckoned with; its columns are those of `ParameterValue`."""

    pk: int
    code: str
    name: str
    unit: str
    value: Any
    effective_from: date
    effective_to: date | None
    source: str


def _kept() -> QuerySet[ParameterValue, Any]:
    rows = ParameterValue.objects.filter(state=ParameterValue.State.CONFIRMED).order_by("code", "effective_from")
    return rows.values_list(*Kept._fields)


_all_kept = Prepared(_kept)
_kept_of = Prepared(lambda code: _kept().filter(code=code))


class ParameterBook:
    """Confirmed values, read once: `book.value("wage.min_month", day)`. Values as kept: numbers as text."""

    def __init__(self, rows: Iterable[Kept]) -> None:
        self._rows: dict[str, list[Kept]] = defaultdict(list)
        for row in rows:
            self._rows[row.code].append(row)

    @classmethod
    def load(cls, *codes: str) -> ParameterBook:
        """Every parameter; only these where some are named."""
        if len(codes) == 1:
            return cls(Kept(*row) for row in _kept_of(code=codes[0]))
        return cls(Kept(*row) for row in (_kept().filter(code__in=codes) if codes else _all_kept()))

    def last(self, code: str) -> Kept | None:
        """The row that began last, whatever the day; None for a parameter without any."""
        return max(self._rows.get(code, []), key=lambda row: row.effective_from, default=None)

    def row(self, code: str, day: date) -> Kept:
        """The row in force on `day`. Raises Missing with the parameter's name."""
        rows = self._rows.get(code, [])
        name = rows[0].name if rows else f"参数 {code}"
        return dated.on(rows, day, f"“{name}”")

    def value(self, code: str, day: date) -> Any:
        return self.row(code, day).value

    def find(self, code: str, day: date, default: Any = None) -> Any:
        """The value in force, or `default` where the parameter is optional."""
        found = dated.find(self._rows.get(code, []), day)
        return found.value if found else default


@dataclass(frozen=True)
class Line:
    """One value as a page shows it."""

    row: ParameterValue

    @property
    def shown(self) -> rules.Shown:
        return rules.shown(self.row.value, self.row.unit)

    @property
    def group(self) -> str:
        return rules.group_of(self.row.code)

    @property
    def doubtful(self) -> bool:
        return self.row.confidence == DOUBTFUL


def in_force(day: date) -> list[Line]:
    """Of every parameter the value in force on `day`, or, where there is none, the latest one."""
    by_code: dict[str, list[ParameterValue]] = defaultdict(list)
    for row in ParameterValue.objects.filter(state=ParameterValue.State.CONFIRMED):
        by_code[row.code].append(row)
    return [Line(dated.find(rows, day) or rows[-1]) for rows in by_code.values()]


def history(code: str) -> list[Line]:
    """Every value of one parameter, newest first."""
    rows = ParameterValue.objects.filter(code=code).select_related("proposed_by", "decided_by")
    return [Line(row) for row in rows.order_by("-effective_from", "-id")]


def proposals() -> list[Line]:
    """What waits for a second person."""
    return [Line(row) for row in _proposed().select_related("proposed_by")]


def waiting_for(person: Person) -> QuerySet[ParameterValue]:
    """The proposals this person could confirm: others' ones."""
    return _proposed().exclude(proposed_by=person)


def _proposed() -> QuerySet[ParameterValue]:
    return ParameterValue.objects.filter(state=ParameterValue.State.PROPOSED)
