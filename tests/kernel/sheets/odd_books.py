"""Workbooks, odd and hostile, and files that only claim to be one, each with its verdict."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Any

import openpyxl

from tests.kernel.sheets.making import (
    GOOD,
    HEADER,
    ROWS,
    SHEET1,
    book_of,
    case,
    in_sheet,
    one,
    read_as,
    sheet_of,
    text_of,
    with_parts,
    with_result,
)

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
    return with_result(content, "1000+234.5", "1234.5")


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
    return with_parts(book_of([]), lambda parts: parts.update({SHEET1: sheet_of(rows)}))


@case("a.xlsx", refused="200 列")
def too_many_columns() -> bytes:
    return book_of([[f"列{index}" for index in range(1, 1001)]])


@case("a.csv", refused="超过 200 列")
def too_many_csv_columns() -> bytes:
    return (",".join(["1"] * 1000) + "\n").encode()


@case("a.xlsx", refused="没有结果的公式")
def masses_of_formulas() -> bytes:
    rows = "".join(f'<row r="{number}"><c r="A{number}"><f>1+1</f></c></row>' for number in range(1, 30_000))
    return with_parts(book_of([]), lambda parts: parts.update({SHEET1: sheet_of(rows)}))


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
