"""CSV as it leaves: no text that a spreadsheet reckons, plain numbers, one encoding or a refusal that names the row."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from kernel.refusals import Refusal
from kernel.sheets.csv_writing import GBK, cell, csv_bytes


@pytest.mark.parametrize("text", ["=1+1", "+86 139", "-2", "@SUM(A1)", "\tx", "\r=1", " =1"])
def test_a_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("-1234.50"), "-1234.50"),
        (Decimal("1E+3"), "1000"),
        (-3, "-3"),
        (date(2026, 8, 1), "2026-08-01"),
        (True, "是"),
        (None, ""),
        ("张三", "张三"),
        ("甲\n乙", "甲 乙"),
        ("6214830000060010157", "6214830000060010157"),
    ],
)
def test_values_are_written_plainly(value: object, written: str) -> None:
    assert cell(value) == written


def test_rows_come_back_as_they_went() -> None:
    rows = [["张,三", '说"好"', Decimal("1.00")], ["李四", "", -2]]
    read = list(csv.reader(io.StringIO(csv_bytes(["姓名", "话", "数"], rows).decode("utf-8-sig"))))
    assert read == [["姓名", "话", "数"], ["张,三", '说"好"', "1.00"], ["李四", "", "-2"]]
    assert csv_bytes(["a"], []).startswith(b"\xef\xbb\xbf")


def test_what_the_encoding_lacks_is_named_by_row() -> None:
    assert csv_bytes(["户名"], [["张三"]], encoding=GBK).decode("gbk") == "户名\r\n张三\r\n"
    with pytest.raises(Refusal, match="第 3 行的“𠮷”不能用 GBK"):
        csv_bytes(["户名"], [["张三"], ["𠮷田"]], encoding=GBK)
