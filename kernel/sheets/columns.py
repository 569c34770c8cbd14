"""A table's columns by name: find the header, parse every row, collect every problem with its row, column and value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from typing import Any

from kernel.sheets.cells import CellError, CellType
from kernel.sheets.raw import Broken, Merge, Raw, is_blank
from kernel.sheets.reading import Table

HEADER_WITHIN = 11  # non-blank rows: ten lines of title at most stand above the header
MOST_ERRORS = 1_000
REASON, ORIGINAL_ROW = "错误原因", "原行号"  # what an error file adds; taken back without a word

_UNIT = re.compile(r"\((?:元|人民币元|万元|%|天|小时|人|户)\)$")
_SPACE = re.compile(r"[\s\u200b-\u200d\u2060\ufeff*]+")
_TOTAL = re.compile(r"(?:本页|本月|本年|全部|部门|分组|营业部)?(?:合计|总计|小计|共计)[::]?")
_FOOTER = re.compile(r"(?:制表|填表|复核|审核|经办|负责|批准|备注|说明|注|打印|导出)[^::]{0,6}[::]")
_LAST_TITLE = 3  # the word 合计 counts in the first columns only


@dataclass(frozen=True, slots=True)
class Column:
    """A column to read. `key` names the value in records (the name itself if empty).

    `required`: a blank cell is an error, else it gives `default`. `absent_ok`: the column may be missing altogether.
    `mask` hides the value of sensitive columns wherever a problem is shown.
    """

    name: str
    parse: CellType
    key: str = ""
    required: bool = True
    aliases: tuple[str, ...] = ()
    absent_ok: bool = False
    default: Any = None
    mask: Callable[[str], str] | None = None


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One thing wrong, where, and how to mend it. `at` is the column's place from 1, 0 when the whole row is meant."""

    row: int
    column: str
    value: str
    message: str
    at: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "at"}

    def __str__(self) -> str:
        where = f"第 {self.row} 行" + (f"「{self.column}」" if self.column else "")
        return f"{where}“{self.value}”:{self.message}" if self.value else f"{where}:{self.message}"


@dataclass(frozen=True, slots=True)
class Notice:
    """Worth knowing, in nobody's way. `kind`: total_rows, unknown_columns, hidden_rows, footer."""

    kind: str
    rows: list[int]
    message: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    """A row of totals as it stands in the file: unparsed cells by column name."""

    row: int
    cells: dict[str, Raw]


@dataclass(frozen=True, slots=True)
class Record:
    row: int
    values: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


@dataclass
class Parsed:
    """`rows` counts the data rows met, good or bad, `bad_rows` those left out for a cell; `errors` holds the first ones,
    `error_count` all of them."""

    header_row: int = 0
    records: list[Record] = field(default_factory=list)
    errors: list[CellProblem] = field(default_factory=list)
    error_count: int = 0
    notices: list[Notice] = field(default_factory=list)
    totals: list[TotalRow] = field(default_factory=list)
    rows: int = 0
    bad_rows: int = 0

    @property
    def ok(self) -> bool:
        return self.error_count == 0


def parse_table(table: Table | Iterable[Sequence[Raw]], columns: Sequence[Column], *, most_errors: int = MOST_ERRORS) -> Parsed:
    """Every row as a `Record`; rows with an error are left out and each error is told."""
    keys = [column.key or column.name for column in columns]
    records: list[Record] = []

    def keep(row: int, values: tuple[Any, ...]) -> None:
        records.append(Record(row, dict(zip(keys, values, strict=True))))

    parsed = parse_stream(table, columns, keep, most_errors=most_errors)
    parsed.records = records
    return parsed


def parse_stream(
    rows: Table | Iterable[Sequence[Raw]],
    columns: Sequence[Column],
    on_record: Callable[[int, tuple[Any, ...]], None],
    *,
    most_errors: int = MOST_ERRORS,
) -> Parsed:
    """The same with a callback for each good row, `(row number, values in the order of columns)`; nothing is kept."""
    parsed = Parsed()
    merged = rows.merged if isinstance(rows, Table) else []
    source: Iterator[Sequence[Raw]] = iter(rows.rows if isinstance(rows, Table) else rows)
    head = list(head_of(source))
    spread_merges(head, merged)
    problems = Problems(parsed, most_errors)
    places = find_header(head, columns, problems)
    if places is None:
        return parsed
    start = parsed.header_row
    numbered = enumerate(chain(head[start:], source), start + 1)
    body = Body(columns, places, parsed, problems, merges_by_row(merged, start), on_record)
    body.read(numbered)
    if isinstance(rows, Table) and rows.hidden_rows:
        parsed.notices.append(Notice("hidden_rows", [], f"有 {rows.hidden_rows} 行是隐藏行,已照常读入"))
    return parsed


def plain_name(cell: Raw) -> str:
    """A header as it is compared: half-width, without blanks, line breaks, marks of order and the unit at its end."""
    text = _SPACE.sub("", unicodedata.normalize("NFKC", _SPACE.sub("", "" if cell is None else str(cell))))
    return _UNIT.sub("", text).casefold()


def head_of(source: Iterator[Sequence[Raw]]) -> Iterator[list[Raw]]:
    """The rows within which the header must stand."""
    filled = 0
    for row in islice(source, 200):
        yield list(row)
        filled += not all(map(is_blank, row))
        if filled == HEADER_WITHIN:
            return


def spread_merges(head: list[list[Raw]], merged: list[Merge]) -> None:
    """A merged header cell names every column (and row) it spans. Text only, so that no data cell is copied by it."""
    for merge in merged:
        if merge.bottom > len(head) or merge.bottom - merge.top > 3 or merge.left > len(head[merge.top - 1]):
            continue
        value = head[merge.top - 1][merge.left - 1]
        for row in head[merge.top : merge.bottom]:
            if merge.left <= len(row) and merge.left == merge.right and is_blank(row[merge.left - 1]) and isinstance(value, str):
                row[merge.left - 1] = _Spread(value)


class _Spread(str):
    """The text of a merged cell repeated below it: good as a header, blank as data."""

    __slots__ = ()


class Problems:
    def __init__(self, parsed: Parsed, most: int) -> None:
        self.parsed, self.most = parsed, most

    def add(
        self, row: int, column: str, raw: Raw, message: str, *, at: int = 0, mask: Callable[[str], str] | None = None
    ) -> None:
        self.parsed.error_count += 1
        if len(self.parsed.errors) >= self.most:
            return
        value = "" if raw is None else str(raw).strip()
        shown = mask(value) if mask and value else value
        self.parsed.errors.append(CellProblem(row, column, shown if len(shown) <= 60 else f"{shown[:60]}…", message, at))


def find_header(head: list[list[Raw]], columns: Sequence[Column], problems: Problems) -> list[int] | None:
    """Where each column stands (-1: not there), or None when the header is not usable; the problems say why."""
    names = {plain_name(name): index for index, column in enumerate(columns) for name in (column.name, *column.aliases)}
    scores = _scores(head, names, len(columns))
    best = max(scores, default=0)
    if best == 0 or best * 3 < sum(not column.absent_ok for column in columns):
        wanted = "、".join(column.name for column in columns if not column.absent_ok)
        problems.add(1, "", "", f"找不到表头。第一行应写明这些列:{wanted}" if head else "文件里没有数据")
        return None
    row = scores.index(best)
    problems.parsed.header_row = row + 1
    places: list[list[int]] = [[] for _ in columns]
    unknown = []
    for at, cell in enumerate(head[row]):
        if (index := names.get(plain_name(cell))) is not None:
            places[index].append(at)
        elif not is_blank(cell) and not str(cell).strip().startswith((REASON, ORIGINAL_ROW)):
            unknown.append(str(cell).strip())
    if unknown:
        listed = "、".join(unknown[:20])
        problems.parsed.notices.append(Notice("unknown_columns", [row + 1], f"多出的列没有读入:{listed}"))
    for column, found in zip(columns, places, strict=True):
        if not found and not column.absent_ok:
            problems.add(row + 1, column.name, "", f"缺少“{column.name}”这一列,请补上(没有数据也要留列名)")
        if len(found) > 1:
            problems.add(row + 1, column.name, "", f"“{column.name}”这一列出现了 {len(found)} 次,请只留一列", at=found[1] + 1)
    return None if problems.parsed.error_count else [found[0] if found else -1 for found in places]


def _scores(head: list[list[Raw]], names: dict[str, int], most: int) -> list[int]:
    """How many columns each row names, down to the first that names all: none below can be better."""
    scores: list[int] = []
    for row in head:
        scores.append(len({names[name] for cell in row if (name := plain_name(cell)) in names}))
        if scores[-1] == most:
            break
    return scores


def merges_by_row(merged: list[Merge], header_row: int) -> dict[int, list[Merge]]:
    by_row: dict[int, list[Merge]] = {}
    for merge in merged:
        if merge.top > header_row and (merge.top, merge.left) != (merge.bottom, merge.right):
            for row in range(merge.top, min(merge.bottom, merge.top + 10_000) + 1):
                by_row.setdefault(row, []).append(merge)
    return by_row


@dataclass
class Body:
    """The rows below the header. The inner loop is lean: a million rows pass through it."""

    columns: Sequence[Column]
    places: list[int]
    parsed: Parsed
    problems: Problems
    merges: dict[int, list[Merge]]
    on_record: Callable[[int, tuple[Any, ...]], None]
    footers: list[int] = field(default_factory=list)

    def read(self, numbered: Iterable[tuple[int, Sequence[Raw]]]) -> None:
        """Every row, and then what there is to tell of all of them."""
        self.take(numbered)
        self.tell()

    def take(self, numbered: Iterable[tuple[int, Sequence[Raw]]]) -> None:
        """Some rows, with their numbers."""
        plan = [(max(at, 0), _reader(column, at)) for at, column in zip(self.places, self.columns, strict=True)]
        width, merges, on_record = max(self.places) + 1, self.merges, self.on_record
        count = bad = 0
        for number, row in numbered:
            first = row[0] if row else ""
            if (
                not first
                or not isinstance(first, str)
                or first.__class__ is _Spread
                or "计" in first
                or ":" in first
                or "\uff1a" in first
            ) and (self._aside(number, row)):
                continue
            count += 1
            if merges and number in merges:
                self._refuse_merges(number)
                bad += 1
                continue
            cells = row if len(row) >= width else [*row, *[""] * (width - len(row))]
            try:
                values: tuple[Any, ...] | None = tuple([read(cells[at]) for at, read in plan])
            except CellError:
                values = None
            if values is None:
                values = self._carefully(number, cells)
            if values is not None:
                on_record(number, values)
            else:
                bad += 1
        self.parsed.rows += count
        self.parsed.bad_rows += bad

    def _aside(self, number: int, row: Sequence[Raw]) -> bool:
        """Whether the row is no data: blank, a total, or a line below the table."""
        filled = [(at, cell) for at, cell in enumerate(row) if not is_blank(cell) and cell.__class__ is not _Spread]
        if not filled:
            return True
        at, cell = filled[0]
        text = plain_name(cell) if isinstance(cell, str) else ""
        if at < _LAST_TITLE and _TOTAL.fullmatch(text):
            names = {place: column.name for place, column in zip(self.places, self.columns, strict=True)}
            self.parsed.totals.append(TotalRow(number, {names[place]: value for place, value in filled if place in names}))
            return True
        if len(filled) < max(3, len(self.columns) // 2) and _FOOTER.match(text):
            self.footers.append(number)
            return True
        return False

    def _refuse_merges(self, number: int) -> None:
        for merge in self.merges[number]:
            if merge.top != number and merge.top > self.parsed.header_row:
                continue  # told once, at its first row
            at = merge.left
            name = next((column.name for column, place in zip(self.columns, self.places, strict=True) if place == at - 1), "")
            self.problems.add(number, name, "", f"{merge} 是合并单元格,请取消合并并逐行填写", at=at)

    def _carefully(self, number: int, cells: Sequence[Raw]) -> tuple[Any, ...] | None:
        """The row again, cell by cell: blanks where they may be, and every problem told."""
        values, good = [], True
        for column, at in zip(self.columns, self.places, strict=True):
            raw = cells[at] if at >= 0 else ""
            if is_blank(raw) and (at < 0 or not column.required):
                values.append(column.default)
                continue
            try:
                values.append(column.parse.read(raw))
            except CellError as error:
                good = False
                mask = None if isinstance(raw, Broken) else column.mask
                self.problems.add(number, column.name, raw, str(error), at=at + 1, mask=mask)
        return tuple(values) if good else None

    def tell(self) -> None:
        """The notices that follow from all rows."""
        if self.parsed.totals:
            rows = [total.row for total in self.parsed.totals]
            self.parsed.notices.append(Notice("total_rows", rows, f"合计行({_listed(rows)})没有作为数据读入"))
        if self.footers:
            self.parsed.notices.append(Notice("footer", self.footers, f"表尾的说明行({_listed(self.footers)})没有作为数据读入"))


def _reader(column: Column, at: int) -> Callable[[Raw], Any]:
    """What reads a cell of this column in the quick pass: the default stands for blanks that may be."""
    read, default = column.parse.read, column.default
    if at < 0:
        return lambda _raw: default
    if column.required:
        return read
    return lambda raw: default if is_blank(raw) or raw.__class__ is _Spread else read(raw)


def is_total(cell: Raw) -> bool:
    """Whether a row that begins with this cell is one of totals."""
    return isinstance(cell, str) and bool(_TOTAL.fullmatch(plain_name(cell)))


def _listed(rows: list[int]) -> str:
    shown = "、".join(str(row) for row in rows[:10])
    return f"第 {shown} 行" if len(rows) <= 10 else f"第 {shown} 行等 {len(rows)} 行"
