"""Write styled workbooks: numbers as numbers, text never as a formula, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from kernel.sheets.pages import TOTAL_FILL, Page, Pages, Style
from kernel.sheets.raw import column_letters


@dataclass(frozen=True)
class OutColumn:
    """A column to write. `kind`: text, money, int, number1, number4, percent (a fraction), day, month. `total`: summed up."""

    key: str
    label: str
    kind: str = "text"
    width: float = 12
    total: bool = False


@dataclass
class Sheet:
    """One sheet: `heading` lines, the header, `rows` (mappings by key or sequences), totals, `footer` lines.

    `totals`: "sum" adds up the columns marked `total`, a mapping gives the figures by key, None writes no such row.
    """

    title: str
    columns: Sequence[OutColumn]
    rows: Iterable[Mapping[str, Any] | Sequence[Any]]
    heading: Sequence[str] = ()
    totals: Mapping[str, Any] | str | None = None
    footer: Sequence[str] = ()
    total_label: str = "合计"
    landscape: bool = True


class Book:
    """`Book(sheet, …).to_bytes()`: an .xlsx file.

    `watermark` says who took it and when: on every printed page and in the file's properties, never in a cell.
    """

    def __init__(
        self, *sheets: Sheet, author: str = "展业", created: datetime = datetime(2026, 1, 1), watermark: str = ""
    ) -> None:
        self.sheets, self.author, self.created, self.watermark = sheets, author, created, watermark

    def to_bytes(self) -> bytes:
        pages = Pages(self.author, self.created, self.watermark)
        under_way = [_write(pages.add(sheet.title), sheet) for sheet in self.sheets]
        while under_way:
            under_way = [one for one in under_way if next(one, None)]
        return pages.to_bytes()


def _write(page: Page, sheet: Sheet) -> Iterator[int]:
    """Row by row in turn with the other sheets: of what several are made of (`itertools.tee`) little is then in memory."""
    columns = sheet.columns
    header_row = len(sheet.heading) + 1
    page.lay_out([column.width for column in columns], header_row, landscape=sheet.landscape)
    _write_heading(page, sheet)
    page.header(column.label for column in columns)
    sums = yield from _write_rows(page, sheet)
    if page.rows > header_row:
        page.sheet.auto_filter.ref = f"A{header_row}:{column_letters(len(columns))}{page.rows}"
    if sheet.totals is not None:
        _write_totals(page, sheet, sums if isinstance(sheet.totals, str) else sheet.totals)
    plain = Style(page, border=False)
    for line in ["", *sheet.footer] if sheet.footer else []:
        page.append([plain(line)])


def _write_heading(page: Page, sheet: Sheet) -> None:
    first = Style(page, bold=True, size=14, border=False, align="center")
    further = Style(page, border=False)
    for index, line in enumerate(sheet.heading):
        page.append([(further if index else first)(line)])
    if sheet.heading and len(sheet.columns) > 1:
        page.sheet.merged_cells.add(f"A1:{column_letters(len(sheet.columns))}1")


def _write_rows(page: Page, sheet: Sheet) -> Generator[int, None, dict[str, Any]]:
    """All the rows, one at a turn; gives back the sums of the columns marked `total`."""
    keys = [column.key for column in sheet.columns]
    styles = [Style(page, column.kind) for column in sheet.columns]
    summed = [(at, column.key) for at, column in enumerate(sheet.columns) if column.total]
    sums: dict[str, Any] = {key: Decimal(0) for _, key in summed}
    for row in sheet.rows:
        values = [row.get(key) for key in keys] if isinstance(row, Mapping) else row
        page.append([style(value) for style, value in zip(styles, values, strict=True)])
        for at, key in summed:
            value = values[at]
            if type(value) is Decimal or not (value is None or value == ""):  # a Decimal takes long to compare with a text
                sums[key] += value
        yield page.rows
    return sums


def _write_totals(page: Page, sheet: Sheet, totals: Mapping[str, Any]) -> None:
    cells = []
    for at, column in enumerate(sheet.columns):
        value = totals.get(column.key)
        labelled = at == 0 and value is None
        style = Style(page, "text" if labelled else column.kind, bold=True, fill=TOTAL_FILL)
        cells.append(style(sheet.total_label if labelled else value))
    page.append(cells)
