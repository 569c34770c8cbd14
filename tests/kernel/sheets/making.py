"""Odd and malformed files, made in code, each with its verdict. A file is read to exact values, or refused, or its cells are.

`general` cases bend the file around any table: `case.make(rows)` serves the imports' tests too. The others bring their rows.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import openpyxl

from kernel.sheets import cells
from kernel.sheets.columns import Column

HEADER = ["工号", "姓名", "月份", "入职日期", "金额", "客户数"]
ROWS: list[list[Any]] = [
    HEADER,
    ["600101", "陆晨伟", "2026-10", "2026-10-08", "1234.50", "12"],
    ["600102", "夏娜芳", "2026-10", "2024-02-29", "-0.05", "0"],
    ["600103", "任文平", "2026-10", "2025-12-31", "88.00", "3"],
]
COLUMNS = [
    Column("工号", cells.code(pattern=r"\d{6}|\d{17}[\dX]", hint="应为 6 位数字")),
    Column("姓名", cells.text(longest=20)),
    Column("月份", cells.month()),
    Column("入职日期", cells.day()),
    Column("金额", cells.money()),
    Column("客户数", cells.integer(least=0), required=False),
]
FIRST = ("600101", "陆晨伟", "2026-10", "2026-10-08", "1234.50", "12")
GOOD = [
    FIRST,
    ("600102", "夏娜芳", "2026-10", "2024-02-29", "-0.05", "0"),
    ("600103", "任文平", "2026-10", "2025-12-31", "88.00", "3"),
]


@dataclass
class Case:
    """`refused`: words of the Refusal. `errors`: (row, column, words of the message). `records`: what is read, as text."""

    name: str
    filename: str
    make: Callable[..., bytes]
    records: list[tuple[str, ...]] = field(default_factory=list)
    refused: str = ""
    errors: list[tuple[int, str, str]] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    sheet: str | None = None
    general: bool = False


CASES: list[Case] = []


def case(filename: str, **expected: Any) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    def register(make: Callable[..., bytes]) -> Callable[..., bytes]:
        CASES.append(Case(make.__name__, filename, make, **expected))
        return make

    return register


def text_of(rows: list[list[Any]], delimiter: str = ",", end: str = "\r\n") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end).writerows(rows)
    return out.getvalue()


def book_of(rows: list[list[Any]], change: Callable[[Any], None] = lambda sheet: None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "数据"
    for row in rows:
        sheet.append(row)
    change(sheet)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_parts(content: bytes, change: Callable[[dict[str, bytes]], None], **zip_options: Any) -> bytes:
    """The same archive with its parts changed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **zip_options) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


SHEET1 = "xl/worksheets/sheet1.xml"


def in_sheet(content: bytes, old: bytes, new: bytes) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        assert old in parts[SHEET1], (old, parts[SHEET1][:600])
        parts[SHEET1] = parts[SHEET1].replace(old, new, 1)

    return with_parts(content, change)


def with_result(content: bytes, formula: str, result: str) -> bytes:
    """The formula as Excel saves it, with the result beside it. How openpyxl writes the empty one depends on lxml."""

    def change(parts: dict[str, bytes]) -> None:
        empty = re.compile(rb"(<f>" + re.escape(formula.encode()) + rb"</f>)<v ?(/>|></v>)")
        parts[SHEET1], found = empty.subn(rb"\1<v>" + result.encode() + b"</v>", parts[SHEET1])
        assert found == 1, parts[SHEET1][:600]

    return with_parts(content, change)


def one(**changed: Any) -> list[list[Any]]:
    """The header and the first row, with some cells changed."""
    return [HEADER, [changed.get(name, value) for name, value in zip(HEADER, ROWS[1], strict=True)]]


def read_as(**changed: str) -> list[tuple[str, ...]]:
    return [tuple(changed.get(name, value) for name, value in zip(HEADER, FIRST, strict=True))]


def sheet_of(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()
