"""The register of what may be taken out: an app signs in each kind, with its door and the function that prepares it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.forms import BaseForm
from django.http import QueryDict
from django.utils import timezone

from branch.files.responses import XLSX
from branch.org.models import Branch
from branch.people.doors import Door
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown
from kernel.sheets.csv_writing import csv_bytes
from kernel.sheets.writing import Book, OutColumn, Sheet

CSV = "text/csv"
F = TypeVar("F", bound=BaseForm)


@dataclass(frozen=True)
class Wanted:
    """What is asked for: by whom, with which filters of the page, for what purpose."""

    person: Person
    query: QueryDict
    reason: str = ""

    @property
    def csv(self) -> bool:
        return self.query.get("format") == "csv"

    def key(self, name: str) -> int:
        """The row that a filter names; 0, which no row has, where it names none."""
        text = self.query.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 19 else 0


@dataclass(frozen=True)
class Prepared:
    """An export that may be made: everything has been asked and allowed, nothing written yet.

    `build(watermark)` gives the file; it is called once, at once or in a job. `name` is the file's name. `subject` is the key of
    the object it is taken from. `details` are control figures for the record (plain values, no personal data).
    """

    title: str
    name: str
    rows: int
    build: Callable[[str], bytes]
    content_type: str = XLSX
    branch: Branch | None = None
    subject: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportKind:
    """A kind of export. `takes` names the filters it knows; `prepare(wanted)` raises a Refusal, else says what it would make.

    `powers`: holders of one of them may ask (none: anybody signed in, for their own rows); they are asked again at each
    download. `reaches`: further powers that decide which rows there are; less reach later, and the file is withheld.
    `secret`: the file carries full identity or account numbers: a purpose is asked, and it is kept `keep_days` only.
    """

    code: str
    label: str
    prepare: Callable[[Wanted], Prepared]
    takes: tuple[str, ...] = ()
    powers: tuple[Power, ...] = ()
    reaches: tuple[Power, ...] = ()
    secret: bool = False
    keep_days: int | None = None

    def admits(self, person: Person) -> bool:
        return Door(self.powers).admits(person)


def usable(filters: F) -> F:
    """The page's filters, where they can be used. Raises Refusal: a page says beside its rows which filter it left out, of a file
    nobody would see that there is more in it than was asked for."""
    if filters.errors:
        said = [
            f"{filters.fields[name].label if name in filters.fields else '筛选'}:{one}"
            for name, found in filters.errors.items()
            for one in found
        ]
        raise Refusal("筛选条件不能用,没有导出,请回到页面改好后再导出", code="bad_filter", items=said)
    return filters


@dataclass(frozen=True)
class Listing:
    """A list's rows under its columns, for `as_prepared`. `rows` may be lazy; `count` says how many there are."""

    title: str
    columns: Sequence[OutColumn]
    rows: Iterable[Mapping[str, Any]]
    count: int
    heading: Sequence[str] = ()
    branch: Branch | None = None
    subject: str = ""
    name: str = ""
    totals: bool = False


def as_prepared(wanted: Wanted, listing: Listing) -> Prepared:
    """A list as xlsx, or as CSV where that was asked for; named 营业部_报表_日期."""
    stem = listing.name or "_".join(
        part for part in (str(listing.branch or ""), listing.title, f"{timezone.localdate():%Y-%m-%d}") if part
    )

    def build(watermark: str) -> bytes:
        if wanted.csv:
            heads = [column.label for column in listing.columns]
            body = ([row.get(column.key) for column in listing.columns] for row in listing.rows)
            return csv_bytes(heads, _marked(body, watermark, len(heads)))
        sheet = Sheet(
            title=listing.title,
            columns=listing.columns,
            rows=listing.rows,
            heading=[listing.title, *listing.heading],
            totals="sum" if listing.totals else None,
            footer=[watermark],
        )
        return Book(sheet, watermark=watermark).to_bytes()

    return Prepared(
        title=listing.title,
        name=f"{stem}.csv" if wanted.csv else f"{stem}.xlsx",
        rows=listing.count,
        build=build,
        content_type=CSV if wanted.csv else XLSX,
        branch=listing.branch,
        subject=listing.subject,
    )


def _marked(rows: Iterable[Sequence[Any]], watermark: str, width: int) -> Iterable[Sequence[Any]]:
    """CSV has no margins: the mark is its last line."""
    yield from rows
    yield [watermark, *[""] * (width - 1)]


_kinds: dict[str, ExportKind] = {}


def register(*kinds: ExportKind) -> None:
    """Sign in kinds; signing in again replaces."""
    _kinds.update({kind.code: kind for kind in kinds})


def kind_of(code: str) -> ExportKind:
    """The kind with that code. Raises Unknown."""
    if code not in _kinds:
        raise Unknown(f"没有登记过的导出类别:{code}")
    return _kinds[code]


def all_kinds() -> list[ExportKind]:
    return list(_kinds.values())
