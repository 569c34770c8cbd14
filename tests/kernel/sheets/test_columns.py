"""Tables by named columns: the header is found, the rest is told by row, column and value."""

import sys
from decimal import Decimal

import pytest

from kernel import masks
from kernel.sheets import cells
from kernel.sheets.columns import Column, parse_stream, parse_table
from kernel.sheets.raw import Merge
from kernel.sheets.reading import Kind, Table

COLUMNS = [
    Column("工号", cells.code(), key="staff_no"),
    Column("证件号码", cells.code(pattern=r"\d{17}[\dX]", hint="应为 18 位"), key="id", mask=masks.id_number),
    Column("净佣金收入", cells.money(), key="net", aliases=("净佣金",)),
    Column("备注", cells.text(), key="note", required=False, absent_ok=True, default=""),
]
HEADER = ["工号", "证件号码", "净佣金收入"]
ROW = ["600101", "440301198311017493", "1.00"]


def table(*rows: list, merged: list[Merge] | None = None) -> Table:
    return Table("a", Kind.XLSX, [list(row) for row in rows], merged=merged or [])


def test_records_carry_their_row_and_keys():
    parsed = parse_table([[], HEADER, ROW, [], ROW], COLUMNS)
    assert parsed.ok
    assert (parsed.header_row, parsed.rows) == (2, 2)
    assert [record.row for record in parsed.records] == [3, 5]
    assert parsed.records[0].values == {"staff_no": "600101", "id": "440301198311017493", "net": Decimal("1.00"), "note": ""}
    assert parsed.records[0]["net"] == Decimal("1.00")


def test_aliases_units_and_order_do_not_matter():
    parsed = parse_table([["净佣金(元)", "备 注", "证件\n号码*", "工号"], ["2", "好", ROW[1], "600102"]], COLUMNS)
    assert parsed.records[0].values == {"staff_no": "600102", "id": ROW[1], "net": Decimal("2.00"), "note": "好"}


def test_one_bad_cell_leaves_the_other_rows_alone():
    parsed = parse_table([HEADER, ROW, ["600102", ROW[1], "abc"], ROW], COLUMNS)
    assert [record.row for record in parsed.records] == [2, 4]
    assert parsed.rows == 3
    [problem] = parsed.errors
    assert problem.as_dict() == {"row": 3, "column": "净佣金收入", "value": "abc", "message": "不是金额"}
    assert problem.at == 3
    assert str(problem) == "第 3 行「净佣金收入」“abc”:不是金额"


def test_sensitive_values_are_masked():
    parsed = parse_table([HEADER, ["600101", "44030119831101749", "1"]], COLUMNS)
    assert parsed.errors[0].value == "440301*******1749"
    assert "44030119831101749" not in str(parsed.errors)


def test_errors_are_bounded_but_all_are_counted():
    parsed = parse_table([HEADER, *[["600101", ROW[1], "x"]] * 50], COLUMNS, most_errors=10)
    assert (len(parsed.errors), parsed.error_count, parsed.ok) == (10, 50, False)


def test_totals_are_set_apart_with_their_cells():
    parsed = parse_table([HEADER, ROW, ["合 计", "", "1.00"], ["制表人:张三"]], COLUMNS)
    assert (len(parsed.records), parsed.rows) == (1, 1)
    assert parsed.totals[0].row == 3
    assert parsed.totals[0].cells == {"工号": "合 计", "净佣金收入": "1.00"}
    assert [(notice.kind, notice.rows) for notice in parsed.notices] == [("total_rows", [3]), ("footer", [4])]


def test_a_name_that_begins_like_a_total_is_data():
    columns = [Column("姓名", cells.text()), Column("金额", cells.money())]
    parsed = parse_table([["姓名", "金额"], ["计小合", "1"], ["合计达公司", "2"]], columns)
    assert [record["姓名"] for record in parsed.records] == ["计小合", "合计达公司"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "文件里没有数据"),
        ([["甲", "乙"]], "找不到表头"),
        ([["工号", "净佣金收入"], ["1", "1"]], "缺少“证件号码”这一列"),
        ([[*HEADER, "净佣金"], [*ROW, "1"]], "“净佣金收入”这一列出现了 2 次"),
    ],
)
def test_headers_that_will_not_do(rows, words):
    parsed = parse_table(rows, COLUMNS)
    assert not parsed.ok
    assert not parsed.records
    assert words in parsed.errors[0].message


def test_a_header_too_far_down_is_not_looked_for():
    assert not parse_table([*[["题"]] * 11, HEADER, ROW], COLUMNS).ok
    assert parse_table([*[["题"]] * 10, HEADER, ROW], COLUMNS).header_row == 11


def test_merged_cells_below_the_header_are_refused_but_not_in_totals():
    merges = [Merge(2, 1, 3, 1), Merge(4, 1, 4, 2)]
    parsed = parse_table(table(HEADER, ROW, ["", *ROW[1:]], ["合计", "", "2"], merged=merges), COLUMNS)
    assert [(problem.row, problem.column) for problem in parsed.errors] == [(2, "工号")]
    assert "A2:A3 是合并单元格" in parsed.errors[0].message
    assert len(parsed.totals) == 1
    assert not parsed.records


def test_a_stream_keeps_nothing():
    seen = []
    parsed = parse_stream(iter([HEADER, ROW, ["", "", ""], ROW]), COLUMNS, lambda row, values: seen.append((row, values)))
    assert parsed.rows == 2
    assert not parsed.records
    assert seen == [(2, ("600101", ROW[1], Decimal("1.00"), "")), (4, ("600101", ROW[1], Decimal("1.00"), ""))]


def test_the_reasons_of_an_error_file_are_no_unknown_columns():
    parsed = parse_table([[*HEADER, "错误原因", "原行号"], [*ROW, "净佣金收入:不是金额", "7"]], COLUMNS)
    assert parsed.ok
    assert not parsed.notices


def test_the_work_grows_with_the_rows_and_no_faster():
    columns = [Column("工号", cells.code()), Column("月份", cells.month()), Column("日期", cells.day())]
    columns += [Column(f"金额{index}", cells.money()) for index in range(20)]
    row = ["600101", "2026-10", "2026-10-08", *(f"{index}.{index:02d}" for index in range(20))]

    def calls(rows: int) -> int:
        """Calls and returns of functions while so many rows are read: as many on a busy machine as on an idle one."""
        counted = 0

        def count(*_: object) -> None:
            nonlocal counted
            counted += 1

        content = [[column.name for column in columns], *[row] * rows]
        sys.setprofile(count)
        try:
            parsed = parse_table(content, columns)
        finally:
            sys.setprofile(None)
        assert len(parsed.records) == rows
        return counted

    few, many = calls(100), calls(400)
    assert many < 4 * few
    assert (many - few) / 300 / len(columns) < 6  # of a cell, its share of the row's included
