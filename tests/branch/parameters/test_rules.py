from __future__ import annotations

from typing import Any

import pytest

from branch.parameters import rules
from branch.parameters.rules import read_value, shown
from kernel.refusals import Refusal

INSURANCE = {"employee": "0.08", "employer": "0.16", "floor": 4775, "cap": 27549}
TABLE = [[36000, "0.03", 0], [None, "0.45", 181920]]


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("0.03", "比例", "3%"),
        ("2700", "元/月", "2,700 元/月"),
        ("manual", "口径", "手工录入"),
        (True, "是否", "是"),
        (["0.07", "0.03", "0.02"], "比例", "7% / 3% / 2%(比例)"),
        (INSURANCE, "费率与基数(元)", "个人比例 8%;单位比例 16%;基数下限 4,775;基数上限 27,549"),
        ({**INSURANCE, "cap": None}, "", "个人比例 8%;单位比例 16%;基数下限 4,775;基数上限 不设"),
    ],
)
def test_values_are_shown_as_people_read_them(value: Any, unit: str, text: str) -> None:
    assert shown(value, unit).text == text


def test_a_tax_table_is_shown_as_a_table() -> None:
    assert shown(TABLE, "级距").rows == [("36,000", "3%", "0"), ("以上全部", "45%", "181,920")]


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [
        ("2,800", "2700", "2800"),
        (" per_month ", "manual", "per_month"),
        ('[[36000, "0.03", 0], [null, "0.45", 1]]', TABLE, [[36000, "0.03", 0], [None, "0.45", 1]]),
        (
            '{"employee": "0.08", "employer": 0.16, "floor": 5000, "cap": 30000}',
            INSURANCE,
            {**INSURANCE, "floor": 5000, "cap": 30000},
        ),
    ],
)
def test_values_are_read_in_the_shape_of_the_former(text: str, like: Any, value: Any) -> None:
    assert read_value(text, like) == value


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ("abc", "2700"),
        ("-1", "2700"),
        ("NaN", "2700"),
        ("", "manual"),
        ("{", INSURANCE),
        ('{"employee": "0.08"}', INSURANCE),
        ('{"employee": "x", "employer": "0.16", "floor": 1, "cap": 2}', INSURANCE),
        ("[]", TABLE),
        ('["0.07"]', ["0.07", "0.03", "0.02"]),
        ("1", True),
    ],
)
def test_other_shapes_are_refused_in_a_sentence(text: str, like: Any) -> None:
    with pytest.raises(Refusal):
        read_value(text, like)


def test_a_parameter_outside_the_known_groups_stands_last() -> None:
    assert rules.group_of("new.thing") == "其他"
    assert rules.group_order("其他") > max(rules.group_order(label) for _, label in rules.GROUPS)
