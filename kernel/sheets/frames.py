"""A table's rows as typed columns, many at once: what `columns.parse_stream` gives row by row, quick enough for a million rows.

A row whose every cell has the common form of its column is read as part of a block; every other row goes through the row reader
of `kernel.sheets.columns`, cell by cell, so that both say the same of the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from kernel.heavy import polars as pl
from kernel.sheets.blocks import Block, Csv, CsvText, csv_text
from kernel.sheets.columns import (
    MOST_ERRORS,
    Body,
    Column,
    Notice,
    Parsed,
    Problems,
    find_header,
    head_of,
    merges_by_row,
    spread_merges,
)
from kernel.sheets.csvs import records
from kernel.sheets.guard import DEFAULT, Limits
from kernel.sheets.raw import Content, Raw
from kernel.sheets.reading import Table

ROW = "row"
HEAD_ROWS = 200  # the header stands within these
_FINE = "\0fine"
CHUNK = 20_000  # rows of a frame that is made row by row
OnFrame = Callable[["pl.DataFrame"], None]


def parse_frames(
    source: Table | Csv | Content | Iterable[Sequence[Raw]],
    columns: Sequence[Column],
    on_frame: OnFrame,
    *,
    limits: Limits = DEFAULT,
    most_errors: int = MOST_ERRORS,
) -> Parsed:
    """Call `on_frame` with frames of good rows in the order of the file: `row` and each column's key, money in whole 分.

    `source`: a CSV file, looked into or as its content, or rows that are already there. Every column must be one that can be read
    at once.
    """
    reader = _Reader(columns, on_frame, most_errors)
    if isinstance(source, Csv | bytes | Path):
        with csv_text(source, limits=limits) as text:
            return reader.read_text(text)
    return reader.read_rows(source)


def _type_of(values: str) -> Any:
    """The type of a column with such values."""
    return {"text": pl.String, "cents": pl.Int64, "day": pl.Date, "month": pl.Int32, "flag": pl.Boolean}[values]


class _Reader:
    def __init__(self, columns: Sequence[Column], on_frame: OnFrame, most_errors: int) -> None:
        self.columns, self.on_frame = columns, on_frame
        self.keys = [column.key or column.name for column in columns]
        self.schema = {ROW: pl.Int64} | {
            key: _type_of(column.parse.values) for key, column in zip(self.keys, columns, strict=True)
        }
        self.parsed = Parsed()
        self.problems = Problems(self.parsed, most_errors)
        self.kept: list[tuple[Any, ...]] = []
        self.body: Body | None = None
        self.width = 0
        self._writers = [_WRITERS[column.parse.values] for column in columns]

    def read_rows(self, rows: Table | Iterable[Sequence[Raw]]) -> Parsed:
        merged = rows.merged if isinstance(rows, Table) else []
        source: Iterator[Sequence[Raw]] = iter(rows.rows if isinstance(rows, Table) else rows)
        head = list(head_of(source))
        spread_merges(head, merged)
        if self._begin(head, merged):
            start = self.parsed.header_row
            numbered = enumerate(chain(head[start:], source), start + 1)
            while piece := list(islice(numbered, CHUNK)):
                self._slowly(piece)
            self._end(rows)
        return self.parsed

    def read_text(self, text: CsvText) -> Parsed:
        head = list(head_of(text.look(HEAD_ROWS)))
        if self._begin(head, []):
            self.width = len(head[self.parsed.header_row - 1])
            text.go_behind(self.parsed.header_row - 1)
            for piece in text.rest():
                if isinstance(piece, Block):
                    self._at_once(piece, text)
                else:
                    self._slowly(piece)
            self._end(None)
        return self.parsed

    def _begin(self, head: list[list[Raw]], merged: list[Any]) -> bool:
        places = find_header(head, self.columns, self.problems)
        if places is None:
            return False
        merges = merges_by_row(merged, self.parsed.header_row)
        self.body = Body(self.columns, places, self.parsed, self.problems, merges, self._keep)
        return True

    def _end(self, rows: Any) -> None:
        assert self.body is not None
        self.body.tell()
        if isinstance(rows, Table) and rows.hidden_rows:
            self.parsed.notices.append(Notice("hidden_rows", [], f"有 {rows.hidden_rows} 行是隐藏行,已照常读入"))

    @property
    def _may_be_aside(self) -> bool:
        """Whether a row of the common form may be none of data by what its first cell says: where that isn't a day, say."""
        assert self.body is not None
        first = next((column for column, at in zip(self.columns, self.body.places, strict=True) if at == 0), None)
        return first is None or not first.required or first.parse.values == "text"

    # --- row by row -------------------------------------------------------------------------------------------------
    def _keep(self, number: int, values: tuple[Any, ...]) -> None:
        self.kept.append((number, *[write(value) for write, value in zip(self._writers, values, strict=True)]))

    def _slowly(self, numbered: Iterable[tuple[int, Sequence[Raw]]]) -> None:
        assert self.body is not None
        numbered = iter(numbered)
        while piece := list(islice(numbered, CHUNK)):
            self.body.take(piece)
            self._give(self._frame())

    def _frame(self) -> pl.DataFrame:
        kept, self.kept = self.kept, []
        return pl.DataFrame(kept, schema=self.schema, orient="row")

    def _give(self, frame: pl.DataFrame) -> None:
        if frame.height:
            self.on_frame(frame)

    # --- a block at once --------------------------------------------------------------------------------------------
    def _at_once(self, block: Block, text: CsvText) -> None:
        assert self.body is not None
        raw, odd = self._cut(block, text)
        ways = [_way(column, at) for column, at in zip(self.columns, self.body.places, strict=True)]
        # a missing column can't happen here: `find_header` refuses a file without one, but for those that may be absent
        common = pl.all_horizontal([fits for fits, _ in ways])
        if self._may_be_aside:
            first = pl.col("c0")
            common &= (first != "") & ~first.str.contains("[计:\uff1a]")
        values = [value.alias(key) for key, (_, value) in zip(self.keys, ways, strict=True)]
        frame = raw.select(pl.col(ROW), *values, common.fill_null(value=False).alias(_FINE))
        fine = frame.drop_in_place(_FINE)
        if not fine.all():
            odd += [(row[0], _without_nulls(row[1:])) for row in raw.filter(~fine).iter_rows()]
            frame = frame.filter(fine)
        self.parsed.rows += frame.height
        if odd:
            odd.sort(key=lambda one: one[0])
            self.body.take(odd)
            frame = pl.concat([frame, self._frame()]).sort(ROW)
        self._give(frame)

    def _cut(self, block: Block, text: CsvText) -> tuple[pl.DataFrame, list[tuple[int, Sequence[Raw]]]]:
        """The block's cells as text columns c0, c1, … with each row's number, and the rows of another width."""
        room = block.rows * (self.width - 1) + text.limits.columns - self.width
        try:
            wide = block.text.count(text.delimiter.encode()) > room  # perhaps one line of very many cells
            raw = None if wide else self._cells(block.text, text.delimiter, block.quoted)
        except pl.exceptions.PolarsError:
            raw = None
        if raw is not None and raw.height == block.rows:
            return raw.insert_column(0, _numbers(block)), []
        return self._cut_by_line(block, text)

    def _cut_by_line(self, block: Block, text: CsvText) -> tuple[pl.DataFrame, list[tuple[int, Sequence[Raw]]]]:
        even: list[str] = []
        numbers: list[int] = []
        odd: list[tuple[int, Sequence[Raw]]] = []
        for number, line in enumerate(block.text.decode().split("\n")[:-1], block.first):
            if line.count(text.delimiter) == self.width - 1 and '"' not in line:
                even.append(line)
                numbers.append(number)
            else:
                odd += records([line], text.delimiter, text.limits, number - 1)
        raw = self._cells(("\n".join(even) + "\n").encode() if even else b"", text.delimiter, quoted=False)
        return raw.with_columns(pl.Series(ROW, numbers, dtype=pl.Int64)).select(ROW, pl.exclude(ROW)), odd

    def _cells(self, text: bytes, delimiter: str, quoted: bool) -> pl.DataFrame:
        names = [f"c{at}" for at in range(self.width)]
        if not text:
            return pl.DataFrame(schema=dict.fromkeys(names, pl.String))
        return pl.read_csv(
            text,
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            separator=delimiter,
            quote_char='"' if quoted else None,
            empty_string_is_null=False,
        )


def _numbers(block: Block) -> pl.Series:
    return pl.int_range(block.first, block.first + block.rows, dtype=pl.Int64, eager=True).alias(ROW)


def _without_nulls(cells: Sequence[Any]) -> list[str]:
    """A short line's cells as the row reader knows them."""
    last = len(cells)
    while last and cells[last - 1] is None:
        last -= 1
    return ["" if cell is None else cell for cell in cells[:last]]


@lru_cache(maxsize=1024)
def _way(column: Column, at: int) -> tuple[pl.Expr, pl.Expr]:
    """Of one column: whether a cell has the common form, and its value if it has."""
    if at < 0:
        return pl.lit(value=True), pl.lit(column.default)
    cell, how = pl.col(f"c{at}"), column.parse
    fits = cell.is_in(list(how.choices)) if how.choices else cell.str.contains(f"^(?:{how.common})$")
    if not column.required:
        fits = fits | (cell == "")
    value = _VALUES[how.values](cell)
    if how.values == "day":
        fits = fits & value.is_not_null()
    if not column.required:
        value = pl.when(cell == "").then(pl.lit(column.default)).otherwise(value)
    return fits, value


def _cents(cell: pl.Expr) -> pl.Expr:
    """Through a decimal with two places: its inner whole number is the amount in 分."""
    return cell.cast(pl.Decimal(20, 2), strict=False).to_physical().cast(pl.Int64)


_VALUES: dict[str, Callable[[pl.Expr], pl.Expr]] = {
    "text": lambda cell: cell,
    "cents": _cents,
    "day": lambda cell: cell.str.to_date("%Y-%m-%d", strict=False),
    "month": lambda cell: cell.str.replace("-", "", literal=True).cast(pl.Int32, strict=False),
    "flag": lambda cell: cell == "是",
}
_WRITERS: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: value,
    "cents": lambda value: int(value.scaleb(2)),
    "day": lambda value: value,
    "month": lambda value: value.number,
    "flag": lambda value: value,
}
