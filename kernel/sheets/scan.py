"""What must be known of a worksheet before its rows are believed: read as a stream, never as a whole.

The reader gives an empty cell for a formula that was never reckoned and for an Excel error; here they are found by address.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from kernel.heavy import polars as pl
from kernel.refusals import Refusal
from kernel.sheets.guard import MIB, UNREADABLE, Limits, broken
from kernel.sheets.raw import Broken, Content, column_letters, opened, position

MOST_MARKS = 20_000
LARGE = 4 * MIB  # bytes of a sheet, unpacked, from which looking for places costs more than loading what is quick at it
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet of the book: its name, the part that holds it, whether it is hidden."""

    name: str
    part: str
    hidden: bool


def sheet_parts(content: Content) -> list[SheetPart]:
    """The worksheets in the order of their tabs; chart sheets are left out. Raises Refusal for a broken book."""
    try:
        with opened(content) as file, zipfile.ZipFile(file) as archive:
            book = _parsed(archive, "xl/workbook.xml")
            relations = _parsed(archive, "xl/_rels/workbook.xml.rels")
            names = set(archive.namelist())
    except (*UNREADABLE, ParseError, DefusedXmlException) as error:
        raise broken() from error
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    found = []
    for item in book.iter():
        if not isinstance(item.tag, str) or item.tag.rpartition("}")[2] != "sheet":
            continue
        target = targets.get(item.get(_RELATION) or item.get(_STRICT_RELATION), "")
        part = posixpath.normpath(posixpath.join("xl", target)).lstrip("/") if target else ""
        if part in names and "chartsheets" not in part:
            found.append(SheetPart(item.get("name", ""), part, item.get("state", "visible") != "visible"))
    if len({sheet.name for sheet in found}) != len(found):
        raise broken()
    return found


def _parsed(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > 4 * MIB:
        raise broken()
    return fromstring(archive.read(name), forbid_dtd=True)


@dataclass
class SheetScan:
    """`marks`: cells without a readable value, by (row, column) from 1. `hidden_rows`: how many rows are hidden."""

    marks: dict[tuple[int, int], Broken] = field(default_factory=dict)
    hidden_rows: int = 0


_P = rb"(?:\w+:)?"  # some writers put a namespace prefix before every tag
_HIDDEN = re.compile(rb"<" + _P + rb"row\b[^>]*\bhidden=[\"'](?:1|true)")
_F = rb"<" + _P + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</" + _P + rb"f>)\s*"
_FORMULA = re.compile(
    rb"<" + _P + rb"c\b([^>]*)>\s*" + _F + rb"(<" + _P + rb"v\s*/>|<" + _P + rb"v\s*>\s*</" + _P + rb"v>)?\s*</" + _P + rb"c>"
)
_ERROR = re.compile(rb"<" + _P + rb"c\b([^>]*\bt=[\"']e[\"'][^>]*)>\s*(?:" + _F + rb")?<" + _P + rb"v[^>]*>([^<]*)<")
_REFERENCE = re.compile(rb"\br=[\"']([A-Za-z]+\d+)[\"']")
_EMPTY_CELL = re.compile(rb"[^<>]*(?:/>|>\s*</)")


_NOTABLE = r"\bhidden=|[<:]f\b|\bt=[\"']e[\"']"  # what `_mark` looks for, and little else


@lru_cache(maxsize=16)
def _far(rows: int, columns: int) -> str:
    """Matches every reference beyond the bounds, and few within: the exact test follows on what matched."""
    letters = column_letters(columns)
    wide = rf"[A-Z]{{{len(letters) + 1},}}\d+"
    if letters[0] != "Z":
        wide += rf"|[{chr(ord(letters[0]) + 1)}-Z][A-Z]{{{len(letters) - 1}}}\d+"
    return rf"\sr\s*=\s*[\"']((?:{wide})|[A-Z]{{1,3}}\d{{{len(str(rows))},}})[\"']"


def _text(piece: bytes) -> pl.Series | None:
    """The piece as polars looks through it, unless it is no UTF-8."""
    try:
        return pl.Series([piece], dtype=pl.Binary).cast(pl.String)
    except pl.exceptions.ComputeError:
        return None


def _holds(text: pl.Series | None, pattern: str) -> bool:
    """Whether a piece may have such a place. What Rust tells in one pass takes Python's `re` several times as long: of a large
    sheet it only looks at pieces that have one, or that are no UTF-8."""
    return text is None or bool(text.str.contains(f"(?-u:{pattern})")[0])


def scan_sheet(content: Content, part: str, *, limits: Limits) -> SheetScan:
    """Stream one worksheet. Raises Refusal for a value in a far corner, too many rows, or a broken part."""
    result = SheetScan()
    far = _far(limits.rows + 1, limits.columns)  # 1: the header
    try:
        with opened(content) as file, zipfile.ZipFile(file) as archive:
            large = archive.getinfo(part).file_size > LARGE
            for number, piece in enumerate(_pieces(archive, part)):
                text = _text(piece) if large else None
                if _holds(text, far) and (where := _far_cell(piece, far, limits)):
                    raise _beyond(where, limits, _rows(archive, part, number + 1))
                if _holds(text, _NOTABLE):
                    _mark(piece, result)
    except UNREADABLE as error:
        raise broken() from error
    return result


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in pieces that never cut a cell in two."""
    rest = b""
    with archive.open(part) as stream:
        while block := stream.read(MIB):
            piece = rest + block
            cut = piece.rfind(b"<c ")
            if cut <= 0:
                cut = piece.rfind(b":c ")
            if cut <= 0:
                cut = max(piece.rfind(b"<"), 0)
            if len(piece) - cut > 8 * MIB:
                raise Refusal("有单元格的内容过长。请把大段文字移出表格后再上传", code="cell_too_long")
            cut = piece.rfind(b"<", 0, cut + 1) if piece[cut : cut + 1] != b"<" else cut
            rest = piece[max(cut, 0) :]
            yield piece[: max(cut, 0)]
    yield rest


def _far_cell(piece: bytes, far: str, limits: Limits) -> str:
    """The address of the first cell beyond the bounds that has something in it, or nothing."""
    for found in re.finditer(far.encode(), piece):
        row, column = position(where := found[1].decode())
        if (column > limits.columns or row > limits.rows + 1) and not _EMPTY_CELL.match(piece, found.end()):
            return where  # an empty one is only formatted, down to the end of the sheet: nothing is there to read
    return ""


def _rows(archive: zipfile.ZipFile, part: str, pieces: int) -> int:
    """How many rows the first pieces have."""
    return sum(piece.count(b"<row ") + piece.count(b":row ") for piece in islice(_pieces(archive, part), pieces))


def _beyond(where: str, limits: Limits, rows: int) -> Refusal:
    if position(where)[1] > limits.columns:
        return Refusal(f"单元格 {where} 超出第 {limits.columns} 列。请删除数据区以外的内容,另存后再上传", code="far_cell")
    if rows * 2 > limits.rows:
        return too_many_rows(limits.rows, csv=False)
    return Refusal(f"单元格 {where} 远在数据区之外(超出 {limits.rows} 行)。请删除它,另存后再上传", code="far_cell")


def too_many_rows(most: int, *, csv: bool) -> Refusal:
    advice = "请按月份或营业部分成几个文件上传" if csv else "请改为 CSV 上传(可到 100 万行),或分成几个文件"
    return Refusal(f"数据超过 {most:,} 行。{advice}", code="too_many_rows")


def _mark(piece: bytes, result: SheetScan) -> None:
    if b"hidden=" in piece:
        result.hidden_rows += len(_HIDDEN.findall(piece))
    if b"<f" in piece or b":f" in piece:
        for found in _FORMULA.finditer(piece):
            if found[2] and re.search(rb"\bt=[\"']str[\"']", found[1]):
                continue  # its result is the empty text
            _note(result, found[1], Broken("公式", "单元格是公式且没有结果,请在 Excel 里打开、重新计算并保存"))
    if b't="e"' in piece or b"t='e'" in piece:
        for found in _ERROR.finditer(piece):
            shown = found[2].decode("utf-8", "replace")
            _note(result, found[1], Broken(shown, f"单元格是错误值 {shown},请改正公式或填写数值"))


def _note(result: SheetScan, attributes: bytes, broken_cell: Broken) -> None:
    reference = _REFERENCE.search(attributes)
    if reference is None or len(result.marks) >= MOST_MARKS:
        raise Refusal("表里有大量没有结果的公式或错误值。请在 Excel 里重新计算,选择性粘贴为数值后再上传", code="formulas")
    result.marks[position(reference[1].decode().upper())] = broken_cell
