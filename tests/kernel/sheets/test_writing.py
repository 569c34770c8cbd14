"""Books written: numbers as numbers, text as text, and the same bytes again."""

import io
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from kernel.months import Month
from kernel.sheets import cells
from kernel.sheets.columns import Column, parse_table
from kernel.sheets.pages import sheet_name
from kernel.sheets.reading import read
from kernel.sheets.returning import error_workbook, template_workbook
from kernel.sheets.writing import Book, OutColumn, Sheet

COLUMNS = [
    OutColumn("no", "工号", width=10),
    OutColumn("name", "姓名"),
    OutColumn("month", "月份", "month"),
    OutColumn("day", "日期", "day"),
    OutColumn("count", "户数", "int", total=True),
    OutColumn("rate", "完成率", "number4"),
    OutColumn("share", "比例", "percent"),
    OutColumn("net", "净佣金", "money", total=True),
]
ROWS = [
    {
        "no": "0600101",
        "name": "=1+1",
        "month": Month(2026, 10),
        "day": date(2026, 10, 8),
        "count": 3,
        "rate": Decimal("1.2345"),
        "share": Decimal("0.08"),
        "net": Decimal("1234.50"),
    },
    {"no": "0600102", "name": "<甲>&乙\x07", "month": Month(2026, 10), "count": 4, "net": Decimal("-0.10")},
]


def sheet(**options) -> Sheet:
    return Sheet("月报表", COLUMNS, ROWS, heading=["薪酬月报表", "2026年10月"], totals="sum", footer=["制表: 复核:"], **options)


def opened(content: bytes):
    return openpyxl.load_workbook(io.BytesIO(content))


def test_cells_are_what_they_should_be():
    page = opened(Book(sheet()).to_bytes())["月报表"]
    assert [cell.value for cell in page[3]] == [column.label for column in COLUMNS]
    first = page[4]
    assert [cell.data_type for cell in first] == ["s", "s", "s", "d", "n", "n", "n", "n"]
    assert [cell.value for cell in first][:3] == ["0600101", "=1+1", "2026-10"]
    assert first[3].value == datetime(2026, 10, 8)
    assert [cell.value for cell in first][4:] == [3, 1.2345, 0.08, 1234.5]
    assert (first[0].number_format, first[7].number_format, first[6].number_format) == ("@", "#,##0.00", "0.00%")
    assert page["B5"].value == "<甲>&乙"
    assert page["D5"].value is None


def test_totals_are_values_that_need_no_reckoning():
    content = Book(sheet()).to_bytes()
    page = opened(content)["月报表"]
    assert [cell.value for cell in page[6]] == ["合计", None, None, None, 7, None, None, 1234.4]
    assert b"<f>" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    given = Sheet("表", COLUMNS, ROWS, totals={"net": Decimal("9.99")})
    assert opened(Book(given).to_bytes()).active["H4"].value == 9.99


def test_the_page_prints_on_a4():
    page = opened(Book(sheet()).to_bytes()).active
    assert (page.page_setup.orientation, page.page_setup.paperSize, page.page_setup.fitToWidth) == ("landscape", 9, 1)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.print_title_rows == "$3:$3"
    assert page.oddFooter.center.text == "第&P页/共&N页"
    assert page.freeze_panes == "A4"
    assert page.column_dimensions["A"].width == 10
    assert page["A8"].value == "制表: 复核:"
    assert page.auto_filter.ref == "A3:H5"


def test_the_same_book_is_the_same_bytes():
    first = Book(sheet(), Sheet("二", COLUMNS, [])).to_bytes()
    time.sleep(2.1)  # an archive's clock ticks every two seconds
    assert Book(sheet(), Sheet("二", COLUMNS, [])).to_bytes() == first
    assert Book(sheet(total_label="总计")).to_bytes() != first


def test_what_is_written_is_read_back():
    table = read(Book(sheet()).to_bytes(), name="a.xlsx")
    columns = [Column("工号", cells.code()), Column("日期", cells.day(), required=False), Column("净佣金", cells.money())]
    parsed = parse_table(table, columns)
    assert parsed.ok
    assert [tuple(record.values.values()) for record in parsed.records] == [
        ("0600101", date(2026, 10, 8), Decimal("1234.50")),
        ("0600102", None, Decimal("-0.10")),
    ]
    assert [total.row for total in parsed.totals] == [6]


@pytest.mark.parametrize("value", [float("nan"), Decimal("Infinity")])
def test_no_number_that_is_none(value):
    with pytest.raises(ValueError, match="不是数字"):
        Book(Sheet("表", COLUMNS[-1:], [[value]])).to_bytes()


def test_rows_must_fit_their_columns():
    with pytest.raises(ValueError):
        Book(Sheet("表", COLUMNS, [["只有一格"]])).to_bytes()


def test_sheet_names_are_made_fit():
    assert sheet_name("a/b:[c]*?\\d") == "a b  c    d"
    assert len(sheet_name("长" * 50)) == 31
    assert sheet_name("''") == "Sheet1"


IN = [
    Column("工号", cells.code()),
    Column("用工性质", cells.choice("员工", "证券经纪人")),
    Column("金额", cells.money(), required=False),
]
GIVEN = [["工号", "用工性质", "金额"], ["600101", "员工", 12.5], ["600102", "临时工", "abc"], ["600103", "员工", "=1+1"]]


def test_an_error_file_shows_reasons_beside_the_rows():
    parsed = parse_table(GIVEN, IN)
    page = opened(error_workbook(GIVEN, parsed.errors)).active
    assert [cell.value for cell in page[1]] == [*GIVEN[0], "错误原因"]
    assert [cell.value for cell in page[2]][:3] == ["600101", "员工", 12.5]
    assert page["D2"].value is None
    assert page["D3"].value == "用工性质:只能填员工、证券经纪人;金额:不是金额"
    assert page["B3"].fill.fgColor.rgb == page["C3"].fill.fgColor.rgb == "00FFC7CE"
    assert page["A3"].fill.fill_type is None
    assert (page["C4"].value, page["C4"].data_type) == ("=1+1", "s")


def test_an_error_file_put_right_is_taken_and_can_be_made_again():
    parsed = parse_table(GIVEN, IN)
    again = read(error_workbook(GIVEN, parsed.errors, only_bad=True), name="a.xlsx")
    assert [row[0] for row in again.rows] == ["工号", "600102", "600103"]
    assert [row[-1] for row in again.rows] == ["原行号", "3", "4"]
    second = parse_table(again, IN)
    assert [(problem.row, problem.column) for problem in second.errors] == [(2, "用工性质"), (2, "金额"), (3, "金额")]
    third = read(error_workbook(again.rows, second.errors), name="a.xlsx")
    assert third.rows[0] == [*GIVEN[0], "错误原因"]
    for row, cell in ((1, "员工"), (2, "员工")):
        again.rows[row][1:3] = [cell, "1"]
    assert len(parse_table(again, IN).records) == 2


def test_an_error_file_tells_of_a_bad_header():
    rows = [["工号", "金额"], ["600101", "1"]]
    parsed = parse_table(rows, IN)
    page = opened(error_workbook(rows, parsed.errors, header_row=parsed.header_row)).active
    assert "缺少“用工性质”" in page["C1"].value


def test_a_template_is_ready_to_fill_in():
    content = template_workbook(IN, title="名册", examples=[["600101", "员工", Decimal("1.00")]], notes=["一人一行"])
    book = opened(content)
    page = book["名册"]
    assert [cell.value for cell in page[1]] == [column.name for column in IN]
    assert (page["A2"].number_format, page["A100"].number_format, page["C100"].number_format) == ("@", "@", "#,##0.00")
    [rule] = page.data_validations.dataValidation
    assert (rule.formula1, str(rule.sqref)) == ('"员工,证券经纪人"', "B2:B5000")
    notes = [[cell.value for cell in row] for row in book["填写说明"].iter_rows()]
    assert notes[2][:2] == ["用工性质", "是"]
    assert notes[-1][0] == "一人一行"
    assert len(parse_table(read(content, name="a.xlsx"), IN).records) == 1


def test_speed_and_shape_of_a_large_book():
    columns = [OutColumn("no", "工号"), *[OutColumn(f"x{index}", f"金额{index}", "money", total=True) for index in range(20)]]
    amounts = [Decimal(index) / 8 for index in range(20)]
    started = time.perf_counter()
    content = Book(Sheet("表", columns, ([str(number), *amounts] for number in range(3000)), totals="sum")).to_bytes()
    assert time.perf_counter() - started < 5
    rows = read(content, name="a.xlsx").rows
    assert len(rows) == 3002
    assert rows[-1][-1] == 3000 * 19 / 8
