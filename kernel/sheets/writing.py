"""Write styled workbooks: numbers as numbers, text never as a formula, the same bytes for the same input."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.writer.excel import ExcelWriter

from kernel.sheets.raw import column_letters

FONT = "微软雅黑"
FORMATS = {
    "text": "@",
    "money": "#,##0.00",
    "int": "#,##0",
    "number1": "0.0",
    "number4": "0.0000",
    "percent": "0.00%",
    "day": "yyyy-mm-dd",
    "month": "@",
    "general": "General",
}
_TEXTUAL = {"text", "month"}
_NUMERIC = (Decimal, float, int, date)
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
_LONGEST = 32_767
_HEADER_FILL = PatternFill("solid", fgColor="DDE6F0")
_TOTAL_FILL = PatternFill("solid", fgColor="F2F2F2")
BAD_FILL = PatternFill("solid", fgColor="FFC7CE")
_THIN = Side(style="thin", color="BFBFBF")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)


@dataclass(frozen=True)
class OutColumn:
    """A column to write. `kind` is a key of FORMATS; percent values are fractions, months `Month` or text; `total`: summed up."""

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
    """`Book(sheet, …).to_bytes()`: an .xlsx file."""

    def __init__(self, *sheets: Sheet, author: str = "展业", created: datetime = datetime(2026, 1, 1)) -> None:
        self.sheets, self.author, self.created = sheets, author, created

    def to_bytes(self) -> bytes:
        book = new_book(self.author, self.created)
        for sheet in self.sheets:
            _write(book, sheet)
        return saved(book)


def new_book(author: str = "展业", created: datetime = datetime(2026, 1, 1)) -> Workbook:
    book = Workbook(write_only=True)
    book.properties.creator = author
    book.properties.created = book.properties.modified = created
    return book


class _SteadyZip(zipfile.ZipFile):
    """An archive whose entries carry the book's own date, so that the same book gives the same bytes."""

    def __init__(self, file: BytesIO, created: datetime) -> None:
        super().__init__(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True)
        self.created = created

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, self.created.timetuple()[:6])
        entry.compress_type = zipfile.ZIP_DEFLATED
        return entry

    def writestr(self, zinfo_or_arcname: Any, data: Any, *args: Any, **kwargs: Any) -> None:
        if zinfo_or_arcname == "docProps/core.xml":
            text = data.decode() if isinstance(data, bytes) else data
            data = re.sub(r"(<dcterms:modified[^>]*>)[^<]*", rf"\g<1>{self.created:%Y-%m-%dT%H:%M:%SZ}", text)
        super().writestr(self._entry(str(zinfo_or_arcname)), data, *args, **kwargs)

    def write(self, filename: Any, arcname: Any = None, *args: Any, **kwargs: Any) -> None:
        with open(filename, "rb") as source, self.open(self._entry(str(arcname or filename)), "w", force_zip64=True) as target:
            while block := source.read(1 << 20):
                target.write(block)


def saved(book: Workbook) -> bytes:
    """The book's bytes, free of the clock."""
    out = BytesIO()
    created = book.properties.created or datetime(2026, 1, 1)
    ExcelWriter(book, _SteadyZip(out, created)).save()
    return out.getvalue()


def sheet_name(title: str) -> str:
    """A title as Excel allows it: at most 31 characters, without []:*?/\\."""
    return _SHEET_NAME.sub(" ", title).strip("' ")[:31] or "Sheet1"


def written_text(value: Any) -> str:
    """Text that a cell can hold: no control characters, within Excel's length."""
    text = value if isinstance(value, str) else str(value)
    if not text.isprintable():
        text = _ILLEGAL.sub("", text)
    return text[:_LONGEST]


@dataclass
class Style:
    """A cell used again and again: a row handed over as a generator is written out cell by cell, so one object serves for all."""

    sheet: WriteOnlyWorksheet
    kind: str = "text"
    bold: bool = False
    fill: PatternFill | None = None
    border: Border | None = field(default_factory=lambda: _GRID)
    align: str | None = None
    wrap: bool = False
    size: int = 10

    def __post_init__(self) -> None:
        cell = WriteOnlyCell(self.sheet)
        cell.font = Font(name=FONT, size=self.size, bold=self.bold)
        cell.number_format = FORMATS[self.kind]
        if self.fill:
            cell.fill = self.fill
        if self.border:
            cell.border = self.border
        horizontal = self.align or ("left" if self.kind in ("text", "month") else "right")
        cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=self.wrap)
        self.cell = cell

    def __call__(self, value: Any) -> WriteOnlyCell:
        """The cell with `value`, good until the next call."""
        cell = self.cell
        if value is None or value == "":
            cell.value = None
        elif self.kind not in _TEXTUAL and isinstance(value, _NUMERIC) and not isinstance(value, bool):
            cell.value = value
        else:
            cell.value = written_text({True: "是", False: "否"}[value] if isinstance(value, bool) else value)
            cell.data_type = "s"
        return cell


def _write(book: Workbook, sheet: Sheet) -> None:
    page = book.create_sheet(sheet_name(sheet.title))
    columns = sheet.columns
    header_row = len(sheet.heading) + 1
    lay_out(page, [column.width for column in columns], header_row, landscape=sheet.landscape)
    _write_heading(page, sheet, len(columns))
    page.append(labels(page, [column.label for column in columns]))
    styles = [Style(page, column.kind) for column in columns]
    keys = [column.key for column in columns]
    sums: dict[str, Any] = {column.key: Decimal(0) for column in columns if column.total}
    count = 0
    for row in sheet.rows:
        values = [row.get(key) for key in keys] if isinstance(row, Mapping) else row
        page.append(style(value) for style, value in zip(styles, values, strict=True))
        count += 1
        for key, value in zip(keys, values, strict=True):
            if key in sums and value is not None and value != "":
                sums[key] += value
    if sheet.totals is not None:
        _write_totals(page, sheet, sums if isinstance(sheet.totals, str) else sheet.totals)
    if count:
        page.auto_filter.ref = f"A{header_row}:{column_letters(len(columns))}{header_row + count}"
    _write_lines(page, sheet.footer)


def labels(page: WriteOnlyWorksheet, names: Iterable[str]) -> Iterator[WriteOnlyCell]:
    """The header row's cells."""
    style = Style(page, bold=True, fill=_HEADER_FILL, align="center", wrap=True)
    return (style(name) for name in names)


def lay_out(page: WriteOnlyWorksheet, widths: Sequence[float], header_row: int, *, landscape: bool = True) -> None:
    """Frozen header, column widths, A4 fitted to the width, the header on every printed page, the page number below."""
    page.freeze_panes = f"A{header_row + 1}"
    for index, width in enumerate(widths, 1):
        page.column_dimensions[column_letters(index)].width = width
    page.page_setup.orientation = "landscape" if landscape else "portrait"
    page.page_setup.paperSize = 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = f"{header_row}:{header_row}"
    page.oddFooter.center.text = "第&P页/共&N页"
    page.page_margins.left = page.page_margins.right = 0.4
    page.page_margins.top, page.page_margins.bottom = 0.5, 0.6


def _write_heading(page: WriteOnlyWorksheet, sheet: Sheet, width: int) -> None:
    big, small = Style(page, bold=True, size=14, border=None, align="center"), Style(page, border=None)
    for index, line in enumerate(sheet.heading):
        page.append([(small if index else big)(line)])
    if sheet.heading and width > 1:
        page.merged_cells.add(f"A1:{column_letters(width)}1")


def _write_totals(page: WriteOnlyWorksheet, sheet: Sheet, totals: Mapping[str, Any]) -> None:
    first = sheet.columns[0].key
    cells = []
    for column in sheet.columns:
        value = totals.get(column.key)
        labelled = column.key == first and value is None
        style = Style(page, "text" if labelled else column.kind, bold=True, fill=_TOTAL_FILL)
        cells.append(style(sheet.total_label if labelled else value))
    page.append(cells)


def _write_lines(page: WriteOnlyWorksheet, lines: Sequence[str]) -> None:
    style = Style(page, border=None)
    if lines:
        page.append([])
    for line in lines:
        page.append([style(line)])
