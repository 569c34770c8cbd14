"""Odd and malformed files, made in code, each with its verdict. A file is read to exact values, or refused, or its cells are.

`general` cases bend the file around any table: `case.make(rows)` serves the imports' tests too. The others bring their rows.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
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


def one(**changed: Any) -> list[list[Any]]:
    """The header and the first row, with some cells changed."""
    return [HEADER, [changed.get(name, value) for name, value in zip(HEADER, ROWS[1], strict=True)]]


def read_as(**changed: str) -> list[tuple[str, ...]]:
    return [tuple(changed.get(name, value) for name, value in zip(HEADER, FIRST, strict=True))]


# Encodings and text


@case("a.csv", records=GOOD, general=True)
def utf8(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows).encode()


@case("a.csv", records=GOOD, general=True)
def utf8_with_mark(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows).encode("utf-8-sig")


@case("a.csv", records=GOOD, general=True)
def gbk(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows).encode("gbk")


@case("a.csv", records=read_as(姓名="𠮷㐂䶮"))
def gb18030_rare_characters() -> bytes:
    return text_of(one(姓名="𠮷㐂䶮")).encode("gb18030")


@case("a.csv", records=GOOD, general=True)
def utf16_little(rows: list[list[Any]] = ROWS) -> bytes:
    return b"\xff\xfe" + text_of(rows, "\t").encode("utf-16-le")


@case("a.csv", records=GOOD, general=True)
def utf16_big(rows: list[list[Any]] = ROWS) -> bytes:
    return b"\xfe\xff" + text_of(rows).encode("utf-16-be")


@case("a.csv", refused="第 3 行有无法识别的字符", general=True)
def broken_utf8(rows: list[list[Any]] = ROWS) -> bytes:
    lines = text_of(rows).encode().split(b"\r\n")
    lines[2] = b"\xe5\xa4" + lines[2]
    return b"\r\n".join(lines)


@case("a.csv", refused="无法识别的字符")
def neither_utf8_nor_gb() -> bytes:
    return "工号,姓名\r\n".encode("gbk") + b"600101,\xff\xfe\xff\r\n"


@case("a.csv", refused="第 3 行含有空字节", general=True)
def nul_byte(rows: list[list[Any]] = ROWS) -> bytes:
    lines = text_of(rows).encode().split(b"\r\n")
    lines[2] += b"\x00"
    return b"\r\n".join(lines)


@case("a.csv", records=GOOD, general=True)
def semicolons(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows, ";").encode("gbk")


@case("a.txt", records=GOOD, general=True)
def tabs(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows, "\t").encode()


@case("a.csv", records=GOOD, general=True)
def old_mac_line_ends(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows, end="\r").encode()


@case("a.csv", records=GOOD, general=True)
def everything_quoted(rows: list[list[Any]] = ROWS) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode("gb18030")


@case("a.csv", records=read_as(姓名='陆"晨"伟,甲\n乙'))
def nested_quotes_and_line_break() -> bytes:
    return text_of(one(姓名='陆"晨"伟,甲\n乙')).encode()


@case("a.csv", refused="第 2 行的双引号")
def stray_quote() -> bytes:
    return f'{",".join(HEADER)}\n600101,"陆"晨伟,2026-10,2026-10-08,1,1\n'.encode()


@case("a.csv", refused="双引号")
def unclosed_quote() -> bytes:
    return (",".join(HEADER) + '\n600101,"陆晨伟,2026-10,2026-10-08,1,1\n' + "600102,夏,2026-10,2026-10-08,1,1\n" * 10).encode()


@case("a.csv", records=read_as(客户数="None"), errors=[])
def ragged_short_row() -> bytes:
    return f"{','.join(HEADER)}\n600101,陆晨伟,2026-10,2026-10-08,1234.50\n".encode()


@case("a.csv", records=GOOD, general=True)
def ragged_long_rows(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of([rows[0], *([*row, "", ""] for row in rows[1:])]).encode()


@case("a.csv", records=GOOD, general=True)
def blank_tail(rows: list[list[Any]] = ROWS) -> bytes:
    return (text_of(rows) + "," * (len(rows[0]) - 1) + "\r\n" + "\r\n" * 500).encode("gbk")


@case("a.csv", records=GOOD, general=True)
def trailing_spaces(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of([[f"  {cell}\u3000\t" for cell in row] for row in rows]).encode()


@case("a.csv", records=GOOD, general=True)
def spaced_full_width_header(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of([[f"\ufeff{name[0]} {name[1:]}\n" for name in rows[0]], *rows[1:]]).encode()


# Values


@case("a.csv", records=read_as())
def full_width_digits() -> bytes:
    row = ["600101", "陆晨伟", "2026-10", "2026年10月8日", "1,234.50", "12"]
    return text_of([HEADER, row]).encode()


@case("a.csv", records=[*read_as(金额="-1234.50"), *read_as(金额="1234567.80"), *read_as(金额="12.00"), *read_as(金额="0.00")])
def money_as_people_write_it() -> bytes:
    written = ["(1,234.50)", "¥1,234,567.8", " 12 元", "-0.00"]
    return text_of([HEADER, *(one(金额=text)[1] for text in written)]).encode()


MONEY_REFUSED = ["12.345", "1e5", "NaN", "inf", "-", "1,23.00", "--5", "12.3.4", "abc", "(−5)", "99999999999999999999"]


@case("a.csv", errors=[(row, "金额", "") for row in range(2, 2 + len(MONEY_REFUSED))])
def what_is_no_money() -> bytes:
    return text_of([HEADER, *(one(金额=text)[1] for text in MONEY_REFUSED)]).encode()


@case("a.xlsx", records=[*read_as(金额="0.30"), *read_as(金额="1234.50")], errors=[(4, "金额", "最多 2 位小数")])
def money_as_floats() -> bytes:
    return book_of([HEADER, *(one(金额=value)[1] for value in (0.1 + 0.2, 1234.5, 12.345))])


@case("a.csv", records=read_as() * 4)
def months_as_text() -> bytes:
    return text_of([HEADER, *(one(月份=text)[1] for text in ("2026年10月", "202610", "2026/10", "2026年10月"))]).encode()


@case("a.xlsx", records=read_as() * 3)
def real_dates() -> bytes:
    rows = [one(月份=date(2026, 10, 31), 入职日期=date(2026, 10, 8))[1], one(入职日期=datetime(2026, 10, 8, 9, 30))[1]]
    return book_of([HEADER, *rows, one(月份=202610, 入职日期=20261008)[1]])


@case("a.csv", records=read_as() * 5, errors=[(7, "入职日期", "不是有效的日期"), (8, "入职日期", "不是有效的日期")])
def dates_as_text() -> bytes:
    written = ["2026/10/8", "2026年10月8日", "20261008", "2026.10.08", "2026-10-08 00:00:00", "2026-02-30", "8/10/2026"]
    return text_of([HEADER, *(one(入职日期=text)[1] for text in written)]).encode()


@case("a.xlsx", errors=[(2, "入职日期", "设为日期格式")])
def date_serial_without_format() -> bytes:
    return book_of(one(入职日期=46303))


@case("a.xlsx", records=read_as())
def numbers_for_identifiers() -> bytes:
    return book_of(one(工号=600101, 客户数=12.0))


@case("a.xlsx", errors=[(2, "工号", "丢失末位"), (3, "工号", "小数")])
def long_identifier_as_float() -> bytes:
    return book_of([HEADER, one(工号=440301198311017493)[1], one(工号=600101.5)[1]])


@case("a.xlsx", records=read_as(工号="440301198311017493"))
def long_identifier_as_text() -> bytes:
    return book_of(one(工号="440301198311017493"))


@case("a.csv", records=read_as())
def identifier_written_as_formula_text() -> bytes:
    return text_of(one(工号='="600101"')).encode()


@case("a.csv", records=read_as(姓名="=cmd|'/c calc'!A0"))
def formula_injection_stays_text() -> bytes:
    return text_of(one(姓名="=cmd|'/c calc'!A0")).encode()


@case("a.csv", errors=[(2, "姓名", "控制字符")])
def control_character() -> bytes:
    return text_of(one(姓名="陆\x07晨伟")).encode()


@case(
    "a.csv", errors=[(2, "工号", "应为 6 位数字"), (2, "姓名", "不能为空"), (2, "月份", "不是月份"), (2, "客户数", "不能小于 0")]
)
def every_problem_of_a_row_is_told() -> bytes:
    return text_of(one(工号="12", 姓名=" ", 月份="十月", 客户数="-1")).encode()


# Headers, totals, what stands around


@case("a.csv", errors=[])
def only_a_header() -> bytes:
    return text_of([HEADER]).encode()


@case("a.csv", errors=[(1, "金额", "出现了 2 次")])
def duplicate_header() -> bytes:
    return text_of([[*HEADER, "金 额"], [*ROWS[1], "5"]]).encode()


@case("a.csv", errors=[(1, "姓名", "缺少"), (1, "金额", "缺少")])
def missing_columns() -> bytes:
    return text_of([[row[0], *row[2:4], row[5]] for row in ROWS]).encode()


@case("a.csv", errors=[(1, "", "找不到表头")])
def no_header() -> bytes:
    return text_of(ROWS[1:]).encode()


@case("a.csv", records=GOOD, notices=["unknown_columns"], general=True)
def unknown_columns(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of([["序", *rows[0], "说 明"], *(["1", *row, "x"] for row in rows[1:])]).encode()


@case("a.xlsx", records=GOOD, general=True)
def title_above(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of([["深圳福田营业部明细表"], ["单位:元"], [], *rows], lambda sheet: sheet.merge_cells("A1:F1"))


@case("a.csv", records=GOOD, notices=["total_rows", "footer"], general=True)
def total_rows(rows: list[list[Any]] = ROWS) -> bytes:
    blank = [""] * (len(rows[0]) - 2)
    totals = [["小 计:", *blank, "5"], *rows[2:], ["", "合计", *blank[1:], "9"], ["总计", *blank, "9"]]
    return text_of([*rows[:2], *totals, ["制表:张三", "复核:李四"]]).encode()


# Workbooks


@case("a.xlsx", records=GOOD, general=True)
def plain_book(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows)


@case("a.csv", records=GOOD, general=True)
def book_named_csv(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows)


@case("a.xlsx", records=GOOD, general=True)
def csv_named_xlsx(rows: list[list[Any]] = ROWS) -> bytes:
    return text_of(rows).encode("gbk")


@case("a.xlsx", records=GOOD, general=True)
def wrong_dimension(rows: list[list[Any]] = ROWS) -> bytes:
    content = book_of(rows)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        found = archive.read(SHEET1).partition(b"<dimension ")[2].partition(b"/>")[0]
    return in_sheet(content, b"<dimension " + found, b'<dimension ref="A1:A1"')


@case("a.xlsx", records=GOOD, general=True)
def vast_dimension(rows: list[list[Any]] = ROWS) -> bytes:
    content = wrong_dimension(rows)
    return in_sheet(content, b'<dimension ref="A1:A1"', b'<dimension ref="A1:XFD1048576"')


@case("a.xlsx", refused="XFD1048576", general=True)
def far_corner_value(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows, lambda sheet: sheet.cell(1048576, 16384, "x"))


@case("a.xlsx", refused="A900000", general=True)
def far_row_value(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows, lambda sheet: sheet.cell(900000, 1, "x"))


@case("a.xlsx", records=GOOD, general=True)
def far_corner_formatted_only(rows: list[list[Any]] = ROWS) -> bytes:
    def change(sheet: Any) -> None:
        sheet.cell(1048576, 16384).font = openpyxl.styles.Font(bold=True)
        sheet.cell(1048576, 1).number_format = "0.00"

    return book_of(rows, change)


@case("a.xlsx", records=GOOD, general=True)
def formatted_blank_tail(rows: list[list[Any]] = ROWS) -> bytes:
    def change(sheet: Any) -> None:
        for row in range(len(rows) + 1, 3000):
            sheet.cell(row, 1).number_format = "@"

    return book_of(rows, change)


@case("a.xlsx", errors=[(3, "姓名", "B3:B4 是合并单元格")], records=GOOD[:1])
def merged_data_cells() -> bytes:
    return book_of(ROWS, lambda sheet: sheet.merge_cells("B3:B4"))


@case("a.xlsx", records=read_as())
def merged_two_line_header() -> bytes:
    def change(sheet: Any) -> None:
        for letter in "ABCD":
            sheet.merge_cells(f"{letter}1:{letter}2")
        sheet.merge_cells("E1:F1")

    return book_of([[*HEADER[:4], "业绩", ""], ["", "", "", "", "金额", "客户数"], ROWS[1]], change)


@case("a.xlsx", errors=[(2, "金额", "公式且没有结果")])
def formula_without_result() -> bytes:
    return book_of(one(金额="=1000+234.5"))


@case("a.xlsx", records=read_as())
def formula_with_result() -> bytes:
    content = book_of(one(金额="=1000+234.5"))
    return in_sheet(content, b"<f>1000+234.5</f><v />", b"<f>1000+234.5</f><v>1234.5</v>")


@case("a.xlsx", errors=[(2, "金额", "错误值 #DIV/0!")])
def error_value() -> bytes:
    return book_of(one(金额="#DIV/0!"))


@case("a.xlsx", records=GOOD, notices=["hidden_rows"], general=True)
def hidden_rows(rows: list[list[Any]] = ROWS) -> bytes:
    def change(sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True

    return book_of(rows, change)


@case("a.xlsx", records=GOOD, sheet="数据", general=True)
def second_sheet_by_name(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows, lambda sheet: sheet.parent.create_sheet("封面", 0))


@case("a.xlsx", records=GOOD, general=True)
def hidden_first_sheet(rows: list[list[Any]] = ROWS) -> bytes:
    def change(sheet: Any) -> None:
        sheet.parent.create_sheet("参数", 0).sheet_state = "hidden"

    return book_of(rows, change)


@case("a.xlsx", refused="没有名为“客户经理”的工作表,只有“数据”", sheet="客户经理", general=True)
def sheet_named_differently(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows)


@case("a.xlsx", records=GOOD, general=True)
def prefixed_tags(rows: list[list[Any]] = ROWS) -> bytes:
    """As some exporters write: a namespace prefix on every tag, inline text, single quotes."""

    def cell(at: int, number: int, value: Any) -> str:
        return f"<x:c r='{chr(65 + at)}{number}' t='inlineStr'><x:is><x:t>{value}</x:t></x:is></x:c>"

    lines = [
        f"<x:row r='{number}'>{''.join(cell(at, number, value) for at, value in enumerate(row))}</x:row>"
        for number, row in enumerate(rows, 1)
    ]
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = f"<?xml version='1.0' encoding='UTF-8'?><x:worksheet xmlns:x='{space}'><x:sheetData>{''.join(lines)}</x:sheetData>"
    xml += "</x:worksheet>"
    return with_parts(book_of([]), lambda parts: parts.update({SHEET1: xml.encode()}))


# Hostile and foreign files


@case("a.xlsx", refused="文件是空的")
def empty_file() -> bytes:
    return b""


@case("a.csv", refused="文件是空的")
def only_blanks() -> bytes:
    return b"\xef\xbb\xbf\r\n \r\n"


@case("a.xlsx", refused="已损坏", general=True)
def truncated_book(rows: list[list[Any]] = ROWS) -> bytes:
    return book_of(rows)[:-400]


@case("a.xlsx", refused="已损坏", general=True)
def corrupted_sheet(rows: list[list[Any]] = ROWS) -> bytes:
    content = bytearray(book_of(rows))
    at = content.index(SHEET1.encode()) + len(SHEET1) + 40
    content[at : at + 30] = b"\x55" * 30
    return bytes(content)


@case("a.xlsx", refused="已损坏", general=True)
def sheet_is_no_xml(rows: list[list[Any]] = ROWS) -> bytes:
    return with_parts(book_of(rows), lambda parts: parts.update({SHEET1: b"<worksheet><sheetData><row r='1'><c r='A1'"}))


@case("a.xlsx", refused="加了密码", general=True)
def encrypted_zip(rows: list[list[Any]] = ROWS) -> bytes:
    content = bytearray(book_of(rows))
    at = 0
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        content[at + 8] |= 1
        at += 4
    return bytes(content)


@case("a.xlsx", refused="加了密码")
def encrypted_book() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1024 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 4096


@case("a.xls", refused="旧版 .xls")
def ole_xls() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 8192


@case("a.xls", refused="网页")
def html_named_xls() -> bytes:
    return f"\r\n<html><body><table><tr><td>{HEADER[0]}</td></tr></table></body></html>".encode("gbk")


@case("a.xls", refused="XML 表格")
def xml_2003() -> bytes:
    return b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'


@case("a.xlsx", refused="不相称", general=True)
def zip_bomb(rows: list[list[Any]] = ROWS) -> bytes:
    return with_parts(book_of(rows), lambda parts: parts.update({SHEET1: b" " * (64 << 20) + parts[SHEET1]}))


@case("a.xlsx", refused="", general=True)
def bomb_with_a_lying_size(rows: list[list[Any]] = ROWS) -> bytes:
    """The directory says that the sheet is small; what unpacks is not."""
    content = bytearray(with_parts(book_of(rows), lambda parts: parts.update({SHEET1: parts[SHEET1] + b" " * (96 << 20)})))
    at = content.rindex(SHEET1.encode()) - 46
    content[at + 24 : at + 28] = struct.pack("<I", 1000)
    return bytes(content)


@case("a.xlsx", refused="部件", general=True)
def too_many_entries(rows: list[list[Any]] = ROWS) -> bytes:
    return with_parts(book_of(rows), lambda parts: parts.update({f"xl/x{index}.bin": b"" for index in range(2500)}))


@case("a.xlsx", refused="内部结构不正常", general=True)
def path_traversal(rows: list[list[Any]] = ROWS) -> bytes:
    return with_parts(book_of(rows), lambda parts: parts.update({"../../etc/cron.d/x": b"x"}))


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;">]>'
)


@case("a.xlsx", refused="不安全的 XML", general=True)
def billion_laughs(rows: list[list[Any]] = ROWS) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        body = parts["xl/workbook.xml"].partition(b"?>")[2] or parts["xl/workbook.xml"]
        parts["xl/workbook.xml"] = LAUGHS + body

    return with_parts(book_of(rows), change)


@case("a.xlsx", refused="不安全的 XML", general=True)
def external_entity_in_a_sheet(rows: list[list[Any]] = ROWS) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        parts[SHEET1] = b'<!-- <a> --><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + parts[SHEET1].partition(b"?>")[2]

    content = book_of(rows)
    return with_parts(in_sheet(content, b"<worksheet", b"<?xml version='1.0'?><worksheet"), change)


@case("a.xlsx", refused="超过 100,000 行")
def one_row_too_many() -> bytes:
    rows = "".join(f'<row r="{number}"><c r="A{number}"><v>{number}</v></c></row>' for number in range(1, 100_003))
    return with_parts(book_of([]), lambda parts: parts.update({SHEET1: _sheet(rows)}))


@case("a.xlsx", refused="200 列")
def too_many_columns() -> bytes:
    return book_of([[f"列{index}" for index in range(1, 1001)]])


@case("a.csv", refused="超过 200 列")
def too_many_csv_columns() -> bytes:
    return (",".join(["1"] * 1000) + "\n").encode()


@case("a.xlsx", refused="没有结果的公式")
def masses_of_formulas() -> bytes:
    rows = "".join(f'<row r="{number}"><c r="A{number}"><f>1+1</f></c></row>' for number in range(1, 30_000))
    return with_parts(book_of([]), lambda parts: parts.update({SHEET1: _sheet(rows)}))


def _sheet(rows: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{space}"><sheetData>{rows}</sheetData></worksheet>'.encode()


@case("a.xlsx", refused="图片")
def image() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\x00\x00\x00\x00")) + chunk(b"IEND", b"")


@case("a.csv", refused="PDF")
def pdf() -> bytes:
    return b"%PDF-1.7\n" + bytes(range(256)) * 8


@case("a.csv", refused="无法识别这个文件")
def binary_garbage() -> bytes:
    return bytes((index * 37 + 11) % 256 for index in range(20_000))


@case("a.xlsx", refused="压缩包")
def plain_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", "工号")
    return out.getvalue()


@case("a.xlsx", refused="不是 .xlsx")
def word_document() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w/>")
    return out.getvalue()
