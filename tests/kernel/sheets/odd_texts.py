"""CSV files and cells as people and systems write them, each with its verdict."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import Any

from tests.kernel.sheets.making import (
    GOOD,
    HEADER,
    ROWS,
    book_of,
    case,
    one,
    read_as,
    text_of,
)

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
