"""Malformed files: refused in words, or read right; never a crash, never half."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from openpyxl import load_workbook

from kernel.months import Month
from kernel.refusals import Refusal
from payroll.intake.parsing import INPUTS, ReadSheet, month_of, read_inputs, read_opening
from tests.factories.payroll import OPENING, Rows, changed_inputs, demo_bytes, inputs_name, sheet_rows, workbook

NAME = inputs_name("2026-10")
HEADER = [column.name for column in INPUTS]


def set_cell(column: str, value: Any, at: int = 1) -> Callable[[Rows], None]:
    """Put `value` into a column of the first data row."""

    def change(rows: Rows) -> None:
        rows[at][rows[0].index(column)] = value

    return change


def read(content: bytes, name: str = NAME) -> ReadSheet:
    return read_inputs(content, name)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("应出勤天数", "十八", "不是数字"),
        ("应出勤天数", 18.25, "以 0.5 为单位"),
        ("应出勤天数", -1, "不能小于 0"),
        ("应出勤天数", 32, "不能大于 31"),
        ("应出勤天数", datetime(2026, 10, 1), "单元格是日期"),
        ("实出勤天数", "#REF!", ""),
        ("目标净佣金", "16.3万", "不是金额"),
        ("目标净佣金", "163000.005", "最多 2 位小数"),
        ("目标净佣金", "-163000", "金额不能为负"),
        ("目标净佣金", 1e20, "数值过大"),
        ("职责分", "101", "不能大于 100"),
        ("职责分", "优", "不是数字"),
        ("有效投诉数", "0.5", "0 位小数|整数"),
        ("有效投诉数", "-1", "不能小于 0"),
        ("严重违规", "有", "只能填是或否"),
        ("严重违规", "无", "只能填是或否"),
        ("增值税", "-0.01", "金额不能为负"),
        ("其他扣款", "—", "没有请填 0"),
        ("赔偿扣款余额", "一千", "不是金额"),
        ("工号", None, "不能为空"),
        ("工号", "600 101", "不能有空格"),
        ("姓名", "陆\x1f晨伟", ""),
    ],
)
def test_a_bad_cell_is_told_by_row_and_column(column: str, value: Any, message: str) -> None:
    if isinstance(value, str) and "\x1f" in value:
        rows = sheet_rows(NAME)
        rows[1][rows[0].index(column)] = value
        content = "\r\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows).encode()
        sheet = read(content, "核算输入_2026-10.csv")
    else:
        sheet = read(changed_inputs("2026-10", set_cell(column, value)))
    assert [(problem.row, problem.column) for problem in sheet.problems] == [(2, column)]
    assert any(part in sheet.problems[0].message for part in message.split("|"))
    assert len(sheet.rows) == 35, "only the bad row is left out"


@pytest.mark.parametrize(
    ("column", "value", "key", "expected"),
    [
        ("应出勤天数", "18", "due_days", Decimal("18.0")),
        ("目标净佣金", "163,000.00", "target", Decimal("163000.00")),
        ("目标净佣金", "¥163000元", "target", Decimal("163000.00")),
        ("目标净佣金", 163000, "target", Decimal("163000.00")),
        ("平日加班小时", 2.5, "overtime_weekday", Decimal("2.5")),
        ("有效投诉数", "2.0", "complaints", 2),
        ("严重违规", " 是 ", "serious_violation", True),
        ("工号", 600101, "staff_no", "600101"),
        ("工号", "'600101", "staff_no", "600101"),
        ("其他补贴", "(50.00)", "other_allowance", Decimal("-50.00")),
        ("增值税", "", "vat", None),
    ],
)
def test_an_odd_cell_that_means_one_thing_is_read(column: str, value: Any, key: str, expected: Any) -> None:
    sheet = read(changed_inputs("2026-10", set_cell(column, value)))
    assert sheet.problems == []
    assert sheet.rows[0][key] == expected


def rename(old: str, new: str | None) -> bytes:
    rows = sheet_rows(NAME)
    at = rows[0].index(old)
    if new is None:
        rows = [row[:at] + row[at + 1 :] for row in rows]
    else:
        rows[0][at] = new
    return workbook({"核算输入": rows})


def test_a_missing_column_is_named_and_nothing_is_read() -> None:
    sheet = read(rename("目标净佣金", None))
    assert sheet.rows == []
    assert "缺少“目标净佣金”" in sheet.problems[0].message


def test_a_column_given_twice_is_refused() -> None:
    sheet = read(rename("其他补贴", "其他扣款"))
    assert sheet.rows == []
    assert any("出现了 2 次" in problem.message for problem in sheet.problems)


@pytest.mark.parametrize("header", ["目标净佣金(元)", " 目标 净佣金 ", "目标净佣金\n(元)"])
def test_a_header_may_carry_its_unit(header: str) -> None:
    assert len(read(rename("目标净佣金", header)).rows) == 36


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "空|没有"),
        (b"\x00\x01\x02\x03" * 50, "文件|打不开"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "xls"),
        ("<html><table><tr><td>工号</td></tr></table></html>".encode(), "网页|HTML"),
        (b"PK\x03\x04broken", "文件|损坏|打不开"),
        (workbook({"核算输入": [HEADER]}), "只有表头"),
        (workbook({"核算输入": []}), "没有数据|表头"),
    ],
)
def test_what_is_no_sheet_at_all_is_refused(content: bytes, message: str) -> None:
    assert any(part in verdict(content) for part in message.split("|"))


def verdict(content: bytes) -> str:
    """Why a file is not taken: the refusal, or the mistakes of a sheet of which no row was read."""
    try:
        sheet = read(content)
    except Refusal as refusal:
        return str(refusal)
    return "" if sheet.rows or not sheet.problems else sheet.problems[0].message


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_csv_in_any_encoding_reads_the_same(encoding: str) -> None:
    rows = sheet_rows(NAME)
    text = "\r\n".join(",".join("" if cell is None else str(cell) for cell in row) for row in rows)
    sheet = read(text.encode(encoding), "核算输入_2026-10.csv")
    assert [row.cells for row in sheet.rows] == [row.cells for row in read(demo_bytes(NAME)).rows]


def test_titles_totals_signatures_and_blank_tails_are_set_aside() -> None:
    rows = sheet_rows(NAME)
    framed = [
        ["深圳福田营业部 2026年10月 核算输入"],
        [],
        *rows,
        ["合计", "", 500],
        [],
        ["制表:杨静嘉"],
        *[[None] * 18 for _ in range(40)],
    ]
    sheet = read(workbook({"核算输入": framed}))
    assert (len(sheet.rows), sheet.problems) == (36, [])
    assert sheet.rows[0].number == 4
    assert any("合计" in notice for notice in sheet.notices)


def test_merged_cells_in_the_data_are_refused() -> None:
    book = load_workbook(io.BytesIO(demo_bytes(NAME)))
    book.worksheets[0].merge_cells("C2:C3")
    out = io.BytesIO()
    book.save(out)
    assert any("合并单元格" in problem.message for problem in read(out.getvalue()).problems)


def test_a_formula_without_a_value_is_refused() -> None:
    sheet = read(changed_inputs("2026-10", set_cell("目标净佣金", "=100*2")))
    assert [problem.column for problem in sheet.problems] == ["目标净佣金"]


def test_who_stands_in_a_bad_row_is_known() -> None:
    sheet = read(changed_inputs("2026-10", set_cell("职责分", "优")))
    assert sheet.unread == {"600101"}


@pytest.mark.parametrize(
    ("name", "stated", "expected"),
    [
        ("核算输入_2026-10.xlsx", None, Month(2026, 10)),
        ("核算输入2026年9月.xlsx", None, Month(2026, 9)),
        ("inputs202612.csv", None, Month(2026, 12)),
        ("输入.xlsx", Month(2026, 11), Month(2026, 11)),
        ("核算输入_2026-10(1).xlsx", Month(2026, 10), Month(2026, 10)),
    ],
)
def test_the_month_of_a_file(name: str, stated: Month | None, expected: Month) -> None:
    assert month_of(name, stated) == expected


@pytest.mark.parametrize(
    ("name", "stated"), [("输入.xlsx", None), ("输入_2026-13.xlsx", None), ("a_2026-10.xlsx", Month(2026, 9))]
)
def test_a_file_of_no_certain_month_is_refused(name: str, stated: Month | None) -> None:
    with pytest.raises(Refusal):
        month_of(name, stated)


def test_an_opening_file_needs_both_sheets() -> None:
    with pytest.raises(Refusal, match="“证券经纪人”"):
        read_opening(workbook({"员工": sheet_rows(OPENING, "员工")}), OPENING)
    with pytest.raises(Refusal, match="“员工”、“证券经纪人”"):
        read_opening("工号,姓名\r\n1,甲".encode(), OPENING)


def test_a_branch_without_brokers_keeps_an_empty_sheet() -> None:
    rows = sheet_rows(OPENING, "证券经纪人")[:1]
    found = read_opening(workbook({"员工": sheet_rows(OPENING, "员工"), "证券经纪人": rows}), OPENING)
    assert (len(found["employee"].rows), found["broker"].rows, found["broker"].problems) == (24, [], [])
