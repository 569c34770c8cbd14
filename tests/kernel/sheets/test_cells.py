"""Raw cells to typed values: what is taken, what is refused, and in which words."""

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.months import Month
from kernel.sheets import cells
from kernel.sheets.cells import CellError
from kernel.sheets.raw import Broken

D = Decimal

TAKEN = [
    (cells.money(), "1234.5", D("1234.50")),
    (cells.money(), "1,234,567.89", D("1234567.89")),
    (cells.money(), "1234", D("1234.00")),
    (cells.money(), "-3", D("-3.00")),
    (cells.money(), "(3.00)", D("-3.00")),
    (cells.money(), "-3", D("-3.00")),
    (cells.money(), "−3.10", D("-3.10")),
    (cells.money(), "¥ 12.3", D("12.30")),
    (cells.money(), "¥-12.3".replace("¥-", "-¥"), D("-12.30")),
    (cells.money(), "12元", D("12.00")),
    (cells.money(), "1.500", D("1.50")),
    (cells.money(), "\u20601.50\u200b", D("1.50")),
    (cells.money(), 0.1 + 0.2, D("0.30")),
    (cells.money(), 1005.0, D("1005.00")),
    (cells.money(), -0.0, D("0.00")),
    (cells.money(), 4.35, D("4.35")),
    (cells.money(), 12, D("12.00")),
    (cells.money(dash_is_zero=True), "—", D("0.00")),
    (cells.number(4), "1.2345", D("1.2345")),
    (cells.number(1), 22.0, D("22.0")),
    (cells.number(0), "7", D("7")),
    (cells.integer(), 12.0, 12),
    (cells.integer(), "1,000", 1000),
    (cells.integer(), "3", 3),
    (cells.percent(), "8%", D("0.08")),
    (cells.percent(), 0.08, D("0.08")),
    (cells.percent(), "12.5%", D("0.125")),
    (cells.percent(), 0.07 + 0.07, D("0.14")),
    (cells.percent(), "100%", D(1)),
    (cells.text(), "  张三 \n", "张三"),
    (cells.text(), "=1+1", "=1+1"),
    (cells.text(), 12.0, "12"),
    (cells.text(nfkc=True), "ABC", "ABC"),
    (cells.text(), "甲\n乙", "甲\n乙"),
    (cells.text(), True, "是"),
    (cells.code(), 600101.0, "600101"),
    (cells.code(), "6001", "6001"),
    (cells.code(), "'00123", "00123"),
    (cells.code(), '="00123"', "00123"),
    (cells.code(), "440301198311017493\t", "440301198311017493"),
    (cells.code(), 123456789012345, "123456789012345"),
    (cells.day(), "2026年10月8日", date(2026, 10, 8)),
    (cells.day(), datetime(2026, 10, 8, 23, 59), date(2026, 10, 8)),
    (cells.day(), 20261008.0, date(2026, 10, 8)),
    (cells.day(), "20260229".replace("0229", "0228"), date(2026, 2, 28)),
    (cells.month(), 202610.0, Month(2026, 10)),
    (cells.month(), "2026年3月", Month(2026, 3)),
    (cells.month(), "202603", Month(2026, 3)),
    (cells.month(), "2026-10-08", Month(2026, 10)),
    (cells.month(), date(2026, 10, 31), Month(2026, 10)),
    (cells.choice("员工", "证券经纪人"), " 员工 ", "员工"),
    (cells.choice("员工", "证券经纪人", aliases={"经纪人": "证券经纪人"}), "经纪人", "证券经纪人"),
    (cells.choice("1", "2"), 1.0, "1"),
    (cells.yes_no(), "是", True),
    (cells.yes_no(), "否 ", False),
]


@pytest.mark.parametrize(("parse", "raw", "value"), TAKEN, ids=str)
def test_taken(parse, raw, value):
    got = parse(raw)
    assert got == value
    assert type(got) is type(value)
    if isinstance(value, Decimal) and parse.kind in ("money", "number"):
        assert got.as_tuple() == value.as_tuple()


REFUSED = [
    (cells.money(), "12.345", "最多 2 位小数"),
    (cells.money(), 12.345, "最多 2 位小数"),
    (cells.money(), 12.3450001, "最多 2 位小数"),
    (cells.money(), "1e5", "不是金额"),
    (cells.money(), "NaN", "不是金额"),
    (cells.money(), "Infinity", "不是金额"),
    (cells.money(), float("inf"), "无效"),
    (cells.money(), float("nan"), "无效"),
    (cells.money(), 1e20, "过大"),
    (cells.money(), 10**24, "过大"),
    (cells.number(4), 10**24, "过大"),
    (cells.money(), "-", "没有请填 0"),
    (cells.money(), "1,23", "不是金额"),
    (cells.money(), "1_000", "不是金额"),
    (cells.money(), "٣", "不是金额"),
    (cells.money(), "#DIV/0!", "不是金额"),
    (cells.money(), True, "不是金额"),
    (cells.money(), date(2026, 1, 1), "日期"),
    (cells.money(negative=False), "-0.01", "不能为负"),
    (cells.money(negative=False), -0.01, "不能为负"),
    (cells.integer(), "1.5", "不是整数"),
    (cells.integer(least=0), "-1", "不能小于 0"),
    (cells.integer(most=10), 11.0, "不能大于 10"),
    (cells.number(1), "1.25", "最多 1 位小数"),
    (cells.percent(), "8", "8% 或 0.08"),
    (cells.percent(), "-1%", "0% 到 100%"),
    (cells.percent(), "abc%", "不是百分比"),
    (cells.text(longest=3), "一二三四", "最多 3 个字"),
    (cells.text(), "a\x00b", "控制字符"),
    (cells.text(), "#N/A", "错误值"),
    (cells.text(), r"\N", "不能为空"),
    (cells.code(), r"\N ", "不能为空"),
    (cells.code(), '="\\N"', "不能为空"),
    (cells.money(), r"\N", "不能为空"),
    (cells.day(), r"\N", "不能为空"),
    (cells.month(), r"\N", "不能为空"),
    (cells.choice("个人"), r"\N", "不能为空"),
    (cells.code(), 440301198311017493.0, "丢失末位"),
    (cells.code(), 440301198311017493, "丢失末位"),
    (cells.code(), 1.5, "小数"),
    (cells.code(), -5.0, "负数"),
    (cells.code(), "12 34", "空格"),
    (cells.code(), date(2026, 1, 1), "文本格式"),
    (cells.code(pattern=r"\d{6}", hint="应为 6 位"), "12345", "应为 6 位"),
    (cells.day(), "2026-02-29", "不是有效的日期"),
    (cells.day(), 46303.0, "日期格式"),
    (cells.day(), "2026-10", "不是有效的日期"),
    (cells.day(), "2026-10-08 12:30:00", "不是有效的日期"),
    (cells.month(), "2026-13", "不是月份"),
    (cells.month(), True, "不是月份"),
    (cells.choice("员工", "证券经纪人"), "临时工", "只能填员工、证券经纪人"),
    (cells.yes_no(), "Y", "只能填是或否"),
]


@pytest.mark.parametrize(("parse", "raw", "words"), REFUSED, ids=str)
def test_refused(parse, raw, words):
    with pytest.raises(CellError) as caught:
        parse(raw)
    assert words in str(caught.value)


ALL = [
    cells.money(),
    cells.number(4),
    cells.integer(),
    cells.percent(),
    cells.text(),
    cells.code(),
    cells.day(),
    cells.month(),
    cells.choice("a"),
    cells.yes_no(),
]


@pytest.mark.parametrize("parse", ALL, ids=lambda parse: parse.kind)
def test_blanks_and_broken_cells(parse):
    for blank in ("", "  ", "\u3000", None):
        with pytest.raises(CellError, match="不能为空"):
            parse(blank)
    with pytest.raises(CellError, match="重新计算"):
        parse(Broken("公式", "请重新计算"))


@pytest.mark.parametrize("parse", ALL, ids=lambda parse: parse.kind)
@given(
    raw=st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.dates(), st.datetimes(), st.times(), st.timedeltas())
)
def test_no_cell_breaks_a_reader(parse, raw):
    with suppress(CellError):
        parse(raw)


@given(st.decimals(min_value=D("-9e12"), max_value=D("9e12"), places=2))
def test_money_comes_back_from_every_way_it_is_written(amount):
    amount = amount + D("0.00") if amount else D("0.00")
    read = cells.money()
    assert read(f"{amount:.2f}") == read(f"{amount:,.2f}") == read(float(amount)) == amount
    assert read(f"({-amount:,.2f})" if amount < 0 else f"{amount}") == amount


@given(st.floats(min_value=-1e9, max_value=1e9))
def test_a_float_is_money_only_when_it_plainly_is(value):
    try:
        amount = cells.money()(value)
    except CellError:
        assert abs(value * 100 - round(value * 100)) > 1e-5
    else:
        assert abs(float(amount) - value) < 1e-6
