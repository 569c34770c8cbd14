"""Malformed and odd files for the importers, each with its verdict: taken to exact values, refused whole, or rows named.

`tests/clients/imports/test_malformed.py` runs them through the import verbs, `tests/faults/uploads.py` once more in a process
of its own whose memory is measured.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kernel.sheets.raw import Content, opened
from tests.factories.clients import HEADER, client_row
from tests.kernel.sheets.making import SHEET1, book_of, sheet_of, text_of, with_parts, with_result
from tests.kernel.sheets.malformed import CASES, odd_books

Rows = list[list[Any]]
NUMBERS = ("2000000001", "2000000002", "2000000003")


def rows_with(*, at: int = 0, **changes: Any) -> Rows:
    """The header and three sound rows of October; `changes` by column in row `at` (0 the first)."""
    bodies = [client_row(number) for number in NUMBERS]
    bodies[at] |= changes
    return [HEADER, *([body[name] for name in HEADER] for body in bodies)]


PLAIN = rows_with()


@dataclass
class Odd:
    """One file. `refused`: words of the whole file's refusal. `cells`: (row, column, words) of refused rows. Neither: taken.

    `values`: what a taken file says differently from PLAIN, by column, of its first row.
    """

    name: str
    filename: str
    make: Callable[[], bytes]
    refused: str = ""
    cells: list[tuple[int, str, str]] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    rows: int = 3


# What bends the file around any table: made by the readers' own table, with client rows inside.
GENERAL = [
    Odd(case.name, case.filename, lambda case=case: case.make(PLAIN), refused=case.refused or r"\w" if not case.records else "")
    for case in CASES
    if case.general and case.sheet is None and case.name != "title_above"
]
# What is no table at all.
FOREIGN = [
    Odd(case.name, case.filename, case.make, refused=case.refused)
    for case in CASES
    if not case.general and case.refused and case.name not in ("stray_quote", "unclosed_quote", "neither_utf8_nor_gb")
]


def _csv(rows: Rows, encoding: str = "gb18030", **how: Any) -> bytes:
    return text_of(rows, **how).encode(encoding)


def csv(name: str, encoding: str = "gb18030", at: int = 0, **changes: Any) -> Odd:
    """A taken CSV whose row `at` is written differently."""
    return Odd(name, "客户.csv", lambda: _csv(rows_with(at=at, **changes), encoding))


def book(name: str, **changes: Any) -> Odd:
    return Odd(name, "客户.xlsx", lambda: book_of(rows_with(**changes)))


def said(odd: Odd, **values: Any) -> Odd:
    odd.values = values
    return odd


def wrong(odd: Odd, *cells: tuple[int, str, str]) -> Odd:
    odd.cells = list(cells)
    return odd


def _with_result() -> bytes:
    content = book_of(rows_with(期末资产="=1000+500"))
    return with_result(content, "1000+500", "1500")


def _cover(state: str) -> bytes:
    def change(sheet: Any) -> None:
        cover = sheet.parent.create_sheet("封面", 0)
        cover.append(["月度业务数据"])
        cover.sheet_state = state
        sheet.parent.active = 1

    return book_of(PLAIN, change)


def _claiming(part: str, size: int, content: bytes | None = None) -> bytes:
    """A directory that claims `size` bytes for a part, whatever it holds."""
    made = bytearray(content or book_of(PLAIN))
    at = made.rindex(part.encode()) - 46
    made[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(made)


def _beyond() -> bytes:
    """A cell in column 16,385 (XFE), one more than a sheet has."""
    row = '<row r="1"><c r="A1"><v>1</v></c><c r="XFE1"><v>2</v></c></row>'
    return with_parts(book_of([]), lambda parts: parts.update({SHEET1: sheet_of(row)}))


def _without(name: str) -> Rows:
    at = HEADER.index(name)
    return [row[:at] + row[at + 1 :] for row in PLAIN]


def _sheetless() -> bytes:
    def change(sheet: Any) -> None:
        sheet.parent.create_sheet("说明").append(["没有数据"])
        sheet.parent.remove(sheet)

    return book_of(PLAIN, change)


def _nested() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("内层.xlsx", book_of(PLAIN))
    return out.getvalue()


def _laughing(part: str) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        former = parts.get(part, b"<sst/>")
        parts[part] = odd_books.LAUGHS + (former.partition(b"?>")[2] or former)

    return with_parts(book_of(PLAIN), change)


def _external() -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        body = parts[SHEET1].partition(b"?>")[2] or parts[SHEET1]
        parts[SHEET1] = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]>' + body

    return with_parts(book_of(PLAIN), change)


# --- values as people and systems write them --------------------------------------------------------------------------------
TAKEN = [
    csv("month_in_words", 月份="2026年10月"),
    csv("month_as_six_digits", 月份="202610"),
    csv("month_with_a_slash", 月份="2026/10"),
    csv("month_full_width", 月份="２０２６－１０"),
    book("month_as_a_real_date", 月份=date(2026, 10, 31)),
    book("opened_as_a_real_date", 开户日期=date(2024, 5, 6)),
    csv("opened_in_words", 开户日期="2024年5月6日"),
    said(csv("thousands_separators", 股基交易量="1,234,567.80"), 股基交易量="1234567.80"),
    said(csv("full_width_money", 期末资产="１,５００.００"), 期末资产="1500.00"),
    said(csv("money_in_brackets", 资产转出="(100.00)", 期初资产="800.00"), 资产转出="-100.00", 期初资产="800.00"),
    said(csv("currency_sign", 期末资产="¥1,500.00"), 期末资产="1500.00"),
    said(csv("negative_zero", 两融息差收入="-0.00"), 两融息差收入="0.00"),
    said(csv("minus_from_word", 两融息差收入="−3.50"), 两融息差收入="-3.50"),
    book("numbers_for_money", 股基交易量=100000, 佣金收入=80.0),
    said(book("float_dust", 两融息差收入=0.1 + 0.2), 两融息差收入="0.30"),
    book("client_number_as_a_number", 客户号=2000000001),
    said(csv("rare_characters", 客户姓名="𠮷㐂䶮"), 客户姓名="𠮷㐂䶮"),
    said(csv("extension_a", 客户姓名="㐀明"), 客户姓名="㐀明"),
    said(csv("emoji", "utf-8", 客户姓名="王😀明"), 客户姓名="王😀明"),
    said(csv("formula_of_cmd_stays_text", 客户姓名="=cmd|'/c calc'!A0"), 客户姓名="=cmd|'/c calc'!A0"),
    said(csv("plus_formula_stays_text", 客户姓名="+HYPERLINK(1)"), 客户姓名="+HYPERLINK(1)"),
    csv("identifier_as_excel_text_formula", 客户号='="2000000001"'),
    csv("direction_marks_in_an_identifier", "utf-8", 客户号="\u202e2000000001\u202c"),
    csv("right_to_left_mark_in_a_name", "utf-8", 客户姓名="王\u200f小\u202e明"),
    said(csv("line_break_in_a_name", 客户姓名="王小明\n(代)"), 客户姓名="王小明\n(代)"),
    csv("zero_width_blanks", "utf-8", 客户号="\u200b2000000001\ufeff"),
    said(Odd("formula_with_its_result", "客户.xlsx", _with_result), 期末资产="1500.00"),
    csv("null_of_an_export_for_no_manager", 客户经理工号=r"\N", 客户经理=r"\N"),
    Odd("only_line_feeds", "客户.csv", lambda: _csv(PLAIN, end="\n")),
    Odd("header_in_row_five", "客户.xlsx", lambda: book_of([["深圳福田营业部"], ["单位:元"], [], ["2026年10月"], *PLAIN])),
    Odd("header_in_row_five_csv", "客户.csv", lambda: _csv([["深圳福田营业部"], ["单位:元"], ["x"], [""], *PLAIN])),
    Odd("columns_in_another_order", "客户.csv", lambda: _csv([list(reversed(row)) for row in PLAIN])),
    Odd("very_hidden_cover_sheet", "客户.xlsx", lambda: _cover("veryHidden")),
    Odd("cover_sheet_in_front", "客户.xlsx", lambda: _cover("visible")),
    Odd("claims_a_gigabyte_elsewhere", "客户.xlsx", lambda: _claiming("docProps/app.xml", 1 << 20)),
    Odd("column_beyond_the_last", "客户.xlsx", _beyond, refused="XFE1"),
    Odd("nameless_extension", "客户", lambda: _csv(PLAIN)),
    Odd("sixteen_bit_without_a_mark", "客户.csv", lambda: text_of(PLAIN).encode("utf-16-le"), refused="无法识别"),
]


# --- rows that are named, each with its column and what to mend ---------------------------------------------------------------
CELLS = [
    wrong(csv("scientific_notation", 期末资产="1.5E+03"), (2, "期末资产", "金额")),
    wrong(book("number_in_scientific_notation", 客户号="2.0E+09"), (2, "客户号", "科学计数法")),
    wrong(csv("identifier_that_excel_rounded", 客户号="4.40301E+17"), (2, "客户号", "科学计数法")),
    wrong(book("eighteen_digits_as_a_float", 客户号=440301198311017493), (2, "客户号", "末位")),
    wrong(csv("three_decimals", 期末资产="1500.005"), (2, "期末资产", "2 位小数")),
    wrong(csv("not_a_number", 期末资产="NaN"), (2, "期末资产", "金额")),
    wrong(csv("misplaced_thousands", 期末资产="1,50.00"), (2, "期末资产", "金额")),
    wrong(csv("blank_money", 净佣金收入=""), (2, "净佣金收入", "空")),
    wrong(csv("null_of_an_export_in_a_name", 客户姓名=r"\N"), (2, "客户姓名", "空")),
    wrong(csv("null_of_an_export_in_an_identifier", 客户号=r"\N"), (2, "客户号", "空")),
    wrong(csv("null_of_an_export_in_money", 期末资产=r"\N"), (2, "期末资产", "空")),
    wrong(csv("date_that_is_none", 开户日期="2024-02-30"), (2, "开户日期", "日期")),
    wrong(csv("american_date", 开户日期="5/6/2024"), (2, "开户日期", "日期")),
    wrong(csv("control_character", 客户姓名="王\x07明"), (2, "客户姓名", "控制字符")),
    wrong(csv("unknown_kind", 客户类型="法人"), (2, "客户类型", "")),
    wrong(csv("unknown_answer", 是否有效户="可能"), (2, "是否有效户", "")),
    wrong(csv("very_long_cell", 客户姓名="王" * 40_000), (2, "客户姓名", "")),
    wrong(csv("client_twice", at=1, 客户号=NUMBERS[0]), (3, "客户号", "")),
    wrong(csv("net_that_does_not_add_up", 净佣金收入="73.00"), (2, "净佣金收入", "")),
    wrong(
        Odd("merged_cells", "客户.xlsx", lambda: book_of(PLAIN, lambda sheet: sheet.merge_cells("E3:E4"))),
        (3, "客户姓名", "合并"),
    ),
    wrong(Odd("formula_without_result", "客户.xlsx", lambda: book_of(rows_with(期末资产="=1000+500"))), (2, "期末资产", "公式")),
    wrong(Odd("excel_error", "客户.xlsx", lambda: book_of(rows_with(期末资产="#REF!"))), (2, "期末资产", "#REF!")),
]


# --- files that are refused as a whole -----------------------------------------------------------------------------------------
WHOLE = [
    Odd("wrong_branch", "客户.csv", lambda: _csv(rows_with(at=1, 营业部代码="0755NS")), refused="不是深圳福田营业部"),
    Odd("mixed_months", "客户.csv", lambda: _csv(rows_with(at=2, 月份="2026-09")), refused="2026年10月的文件"),
    Odd("month_of_excels_zero", "客户.csv", lambda: _csv(rows_with(月份="1900-01")), refused="早于系统能记的月份"),
    Odd("month_before_any", "客户.csv", lambda: _csv(rows_with(月份="1999年12月")), refused="早于系统能记的月份"),
    Odd("month_of_another_century", "客户.csv", lambda: _csv(rows_with(月份="2062-10")), refused="还没有到这个月"),
    Odd("month_of_another_millennium", "客户.csv", lambda: _csv(rows_with(月份="3026-10")), refused="还没有到这个月"),
    Odd("header_only", "客户.csv", lambda: _csv(PLAIN[:1]), refused="读不出月份"),
    Odd("duplicate_header", "客户.csv", lambda: _csv([[*row, row[4]] for row in PLAIN]), refused="表头不对"),
    Odd("missing_column", "客户.csv", lambda: _csv(_without("营业部代码")), refused="表头不对"),
    Odd("missing_month_column", "客户.csv", lambda: _csv(_without("月份")), refused="读不出月份"),
    Odd("missing_sheet", "客户.xlsx", _sheetless, refused="认不出"),
    Odd("another_table", "客户.csv", lambda: _csv([["工号", "姓名"], ["600101", "陆晨伟"]]), refused="认不出"),
    Odd(
        "a_lone_quote",
        "客户.csv",
        lambda: _csv(PLAIN).replace("王小明".encode("gbk"), '"王小明'.encode("gbk"), 1),
        refused="双引号",
    ),
    Odd(
        "a_quote_inside",
        "客户.csv",
        lambda: _csv(PLAIN).replace("王小明".encode("gbk"), '"王"小明'.encode("gbk"), 1),
        refused="双引号",
    ),
    Odd("bytes_of_no_encoding", "客户.csv", lambda: _csv(PLAIN) + b"\xff\xfe\xff,1\r\n", refused="无法识别的字符"),
    Odd("claims_a_gigabyte", "客户.xlsx", lambda: _claiming(SHEET1, (1 << 30) + 1), refused="1024 MB"),
    Odd(
        "sheet_missing_in_the_archive",
        "客户.xlsx",
        lambda: with_parts(book_of(PLAIN), lambda parts: parts.pop(SHEET1)),
        refused="没有工作表",
    ),
    Odd("nested_archive", "客户.xlsx", _nested, refused="压缩包"),
    Odd("billion_laughs_in_shared_strings", "客户.xlsx", lambda: _laughing("xl/sharedStrings.xml"), refused="不安全的 XML"),
    Odd("billion_laughs_in_the_sheet", "客户.xlsx", lambda: _laughing(SHEET1), refused="不安全的 XML"),
    Odd("external_parameter_entity", "客户.xlsx", _external, refused="不安全的 XML"),
    Odd("html_named_xlsx", "客户.xlsx", "<html><table><tr><td>客户号</td></tr></table></html>".encode, refused="网页"),
    Odd("json_named_csv", "客户.csv", lambda: b'[{"a": 1}, {"a": 2}]', refused="认不出"),
    Odd("thirty_million_blanks", "客户.csv", lambda: b" " * 30_000_000, refused="文件是空的"),
    Odd("a_line_of_thirty_megabytes", "客户.csv", lambda: _csv(PLAIN) + b"x" * 30_000_000, refused="单元格过长"),
]


ALL = [*GENERAL, *FOREIGN, *TAKEN, *CELLS, *WHOLE]

ELSEWHERE = {"wrong_branch": 2}  # rows of a code nobody has: the branch's others are booked


def booked_of_the_company(odd: Odd, content: Content) -> int:
    """How many rows of it are booked when it comes as the company's file, which is a CSV."""
    if odd.name in ELSEWHERE:
        return ELSEWHERE[odd.name]
    return 0 if odd.refused or odd.cells or not is_text(content) else odd.rows


def is_text(content: Content) -> bool:
    with opened(content) as file:
        return file.read(2) != b"PK"


# --- hostile workbooks for the importers of named sheets (roster, openings, inputs) ---------------------------------------------
HOSTILE: dict[str, Callable[[], bytes]] = {
    case.name: (lambda case=case: case.make(PLAIN)) if case.general else case.make
    for case in CASES
    if case.refused and case.sheet is None and case.name not in ("one_row_too_many",)
} | {odd.name: odd.make for odd in WHOLE if odd.filename.endswith(".xlsx") and odd.name != "missing_sheet"}
