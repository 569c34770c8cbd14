"""Many rows at once say the same as row by row: the same values, the same problems, the same notices."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel import masks
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.sheets import cells, frames, reading
from kernel.sheets.blocks import SMALL
from kernel.sheets.columns import Column, Parsed, parse_stream
from kernel.sheets.guard import Limits

COLUMNS = (
    Column("月份", cells.month(), key="month"),
    Column("客户号", cells.code(), key="no"),
    Column("姓名", cells.text(longest=8), key="name", mask=masks.name),
    Column("类型", cells.choice("个人", "机构"), key="kind"),
    Column("开户", cells.day(), key="day"),
    Column("工号", cells.code(), key="staff", required=False, default=""),
    Column("净额", cells.money(), key="net"),
    Column("销额", cells.money(negative=False), key="sold"),
    Column("有效", cells.yes_no(), key="valid"),
)
HEADER = [column.name for column in COLUMNS]
UNKNOWN = "别的"  # a column that is not read
COMMON = ["2026-10", "1000000001", "王小明", "个人", "2024-02-29", "600101", "-12.30", "5.00", "是"]
ODD = {
    "月份": ["202610", "2026年10月", "", "合计", "十月", "备注:以上"],
    "客户号": ["1 2", '="0012"', "", "Ⅷ", "x" * 41, "12-3", "12é"],
    "姓名": [
        " 王 明 ",
        "Łukasz",
        "王\x01明",
        "",
        "很长很长很长很长的名字",
        "#N/A",
        "a,b",
        'say "hi"',
        "两\n行",
        "计算",
        "甲:乙",
        "长" * 9,
    ],
    "类型": ["个 人", "团体", "", " 机构"],
    "开户": ["2026/1/5", "2026-02-30", "20260105", "0000-01-01", "2026-13-01", ""],
    "工号": ["", " ", "工 1", "600101 "],
    "净额": ["1,234.50", "¥12", "(3.00)", "0", "-0.00", "5.5", "5.555", "", "-", "1.00", "9999999999999.99", "1e5"],
    "销额": ["-1.00", "0.0", "12", "x"],
    "有效": ["否", "Y", "", "是 "],
    UNKNOWN: ["", "合计", "计", "注:", "\t", "a b", 'a"b', "a,b", "a\nb", "a\rb", "·£𠮷"],
}


def slowly(content: bytes, limits: Limits = reading.DEFAULT) -> tuple[list[tuple[Any, ...]], Parsed]:
    rows: list[tuple[Any, ...]] = []
    stream = reading.stream_csv(content, name="x.csv", limits=limits)
    return rows, parse_stream(stream, COLUMNS, lambda number, values: rows.append((number, *values)))


def at_once(source: Any, limits: Limits = reading.DEFAULT, block: int = 400) -> tuple[list[tuple[Any, ...]], Parsed]:
    rows: list[tuple[Any, ...]] = []
    with patch("kernel.sheets.blocks.BLOCK", block), patch.object(frames, "HEAD_ROWS", 12), patch.object(frames, "CHUNK", 3):
        parsed = frames.parse_frames(source, COLUMNS, lambda frame: rows.extend(map(as_read, frame.iter_rows())), limits=limits)
    return rows, parsed


def as_read(row: tuple[Any, ...]) -> tuple[Any, ...]:
    number, month, no, name, kind, day, staff, net, sold, valid = row
    amounts = (Decimal(net).scaleb(-2), Decimal(sold).scaleb(-2))
    return (number, Month.parse(str(month)), no, name, kind, day, staff, *amounts, valid)


def written(lines: list[list[str]], ending: str = "\r\n", encoding: str = "gb18030", **options: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=ending, **options).writerows(lines)
    return text.getvalue().encode(encoding, "replace")


@st.composite
def files(draw: Any) -> list[list[str]]:
    order = draw(st.one_of(st.just(HEADER), st.permutations([*HEADER, UNKNOWN])))
    lines = [list(order)]
    for at in range(draw(st.integers(1, 60))):
        line = dict(zip(HEADER, COMMON, strict=True)) | {"客户号": f"1{at:09d}", UNKNOWN: "任意"}
        if draw(st.integers(0, 3)) == 0:
            name = draw(st.sampled_from(order))
            line[name] = draw(st.sampled_from(ODD[name]))
        cells_ = [line[name] for name in order]
        shape = draw(st.integers(0, 19))
        lines.append(cells_[:-2] if shape == 0 else [*cells_, "x", ""] if shape == 1 else [] if shape == 2 else cells_)
    return lines


@given(
    files(),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["gb18030", "utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
    st.sampled_from([SMALL, 0]),
)
@settings(max_examples=120, deadline=None)
def test_both_ways_read_the_same(lines: list[list[str]], ending: str, encoding: str, quoted: bool, small: int) -> None:
    content = written(lines, ending, encoding, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    slow, by_row = slowly(content)
    with patch("kernel.sheets.blocks.SMALL", small):
        quick, by_frame = at_once(content)
    assert quick == slow
    assert by_frame.errors == by_row.errors
    assert (by_frame.rows, by_frame.bad_rows, by_frame.error_count) == (by_row.rows, by_row.bad_rows, by_row.error_count)
    assert (by_frame.notices, by_frame.totals, by_frame.header_row) == (by_row.notices, by_row.totals, by_row.header_row)


def common(count: int) -> list[list[str]]:
    return [HEADER, *[[COMMON[0], f"1{at:09d}", *COMMON[2:]] for at in range(count)]]


def test_rows_of_the_common_form_never_meet_the_row_reader() -> None:
    with patch("kernel.sheets.columns.Body.take") as take:
        rows, _ = at_once(written(common(200)))
    handed = sum(len(list(call.args[0])) for call in take.call_args_list)
    assert len(rows) >= 180
    assert handed <= 12


@pytest.mark.parametrize(
    "harm",
    [
        lambda text: text.replace("1000000150,", '"1000000150,'),
        lambda text: text.replace("1000000150,", '"1000"000150,'),
        lambda text: text.replace("1000000150,王", '1000000150,"王\n'),
        lambda text: text.replace("1000000150", "\x00"),
        lambda text: text.replace("1000000150", "," * 250 + "x"),
    ],
)
def test_what_is_broken_midway_is_refused_alike(harm: Any) -> None:
    content = harm(written(common(300)).decode("gb18030")).encode("gb18030")
    with pytest.raises(Refusal) as slow:
        slowly(content)
    with pytest.raises(Refusal) as quick:
        at_once(content)
    assert (quick.value.sentence, quick.value.code) == (slow.value.sentence, slow.value.code)


def test_a_large_file_is_decoded_on_the_way_and_still_strictly(tmp_path: Any) -> None:
    path = tmp_path / "x.csv"
    lines = written(common(300))
    path.write_bytes(lines.replace("1000000250,王".encode("gb18030"), b"1000000250,\xff\xff"))
    with patch("kernel.sheets.blocks.SMALL", 0), pytest.raises(Refusal, match="第 252 行有无法识别的字符") as stop:
        at_once(path)
    assert stop.value.code == "csv_encoding"
    path.write_bytes(lines)
    with patch("kernel.sheets.blocks.SMALL", 0):
        assert len(at_once(path)[0]) == 300


def test_more_rows_than_allowed_are_refused_with_advice() -> None:
    content, limits = written(common(51)), Limits(csv_rows=50)
    with pytest.raises(Refusal, match="超过 50 行"):
        at_once(content, limits)
    assert len(at_once(written(common(50)) + b"\r\n\r\n", limits)[0]) == 50


def test_rows_that_are_there_already_are_read_too() -> None:
    lines = common(7)
    lines[3][6] = "x"
    rows, parsed = at_once(iter(lines))
    assert [row[0] for row in rows] == [2, 3, 5, 6, 7, 8]
    assert (parsed.rows, parsed.bad_rows) == (7, 1)
