"""What a case gives: its figures side by side, or the sentence why it can't be reckoned."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.money import decimal
from kernel.refusals import Refusal
from payroll.reckoning.parameters import Lookup
from payroll.reckoning.scheme import Scheme

# The day whose rates and tables hold, unless a file names a set of its own; and words for people, never figures or rules.
CASE_DAY = date(2026, 10, 1)
TEXTS = frozenset({"title", "source", "note", "description"})


class Unreadable(Refusal):
    """The file itself can't be read; no case of it was run."""


class Broken(Refusal):
    """One case can't be reckoned: an unknown kind, option or key, or a value that is none."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the product lends to the cases: dated parameters, the calendar, the scheme, and the day they are read on.

    `day_kind` says statutory_holiday, rest_day or work_day.
    """

    lookup: Lookup
    day_kind: Callable[[date], str]
    scheme: Scheme
    day: date = CASE_DAY


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a case; `name` is `MONTH.FIGURE` or `FIGURE`."""

    name: str
    expected: str
    got: str
    ok: bool


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case by its id. `failure` is set when it could not be reckoned at all."""

    case: str
    figures: tuple[Figure, ...] = ()
    failure: str = ""

    @property
    def passed(self) -> bool:
        return not self.failure and bool(self.figures) and all(figure.ok for figure in self.figures)

    def lines(self) -> Iterable[str]:
        for figure in self.figures:
            yield f"{self.case}.{figure.name}  {figure.expected}  {figure.got}  {'ok' if figure.ok else 'DIFFERS'}"
        if self.failure:
            yield f"{self.case}.error  -  {self.failure}  DIFFERS"
        elif not self.figures:
            yield f"{self.case}.error  -  没有可比较的数字  DIFFERS"


@dataclass(slots=True)
class Compared:
    """Collects the figures of one case."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, name: str, expected: Any, got: Any) -> None:
        wanted = str(expected).strip()
        try:
            ok = decimal(wanted) == got if isinstance(got, Decimal | int) else wanted == str(got)
        except ValueError:
            ok = False
        self.figures.append(Figure(name, wanted or "-", str(got), ok))


def run(case: str, work: Callable[[Compared], None]) -> CaseResult:
    """Reckon one case; whatever it refuses becomes its failure, in a sentence."""
    compared = Compared()
    try:
        work(compared)
    except Refusal as refusal:
        return CaseResult(case, tuple(compared.figures), refusal.sentence)
    except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError) as error:
        return CaseResult(case, tuple(compared.figures), f"数据不能读:{type(error).__name__} {error}")
    return CaseResult(case, tuple(compared.figures))


def only(data: Mapping[str, Any], known: Iterable[str], what: str) -> None:
    """Raises Broken naming what is not known; words for people are let through."""
    unknown = [str(key) for key in data if key not in set(known) | TEXTS]
    if unknown:
        raise Broken(f"{what}里有不认得的“{'”“'.join(unknown)}”")


def need(data: Mapping[str, Any], key: str, what: str) -> Decimal:
    """A number that must be there. Raises Broken."""
    value = data.get(key)
    if value is None or str(value).strip() == "":
        raise Broken(f"{what}缺“{key}”")
    return number(value, key)


def number(value: Any, key: str) -> Decimal:
    """A case's number as a decimal. Raises Broken."""
    try:
        if isinstance(value, bool):
            raise ValueError
        return decimal(str(value).strip())
    except ValueError:
        raise Broken(f"“{key}”不是数字:{value}") from None


def load_json(path: Path) -> Any:
    """Decoded JSON, numbers with a point as decimals. Raises Unreadable."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path.name} 读不出:{error}") from None


def load_csv(path: Path) -> list[dict[str, Any]]:
    """One dict a row, in the file's order. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        raise Unreadable(f"{path.name} 读不出:{error}") from None
    if not rows:
        raise Unreadable(f"{path.name} 没有一行数据")
    return rows
