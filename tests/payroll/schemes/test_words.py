"""A scheme in words: what a person reads is what the reckoning does."""

from __future__ import annotations

from decimal import Decimal

import pytest

from payroll.reckoning.reading import parse_scheme
from payroll.schemes import words
from tests.factories.payroll import demo_scheme

DEMO = parse_scheme(demo_scheme())


def section(title: str) -> words.Section:
    return next(found for found in words.sections(DEMO) if found.title == title)


def test_the_worked_example() -> None:
    assert words.example(DEMO) == ("举例:净佣金 25,000 元 → 提成 4,500 元(级别系数 1.00 时),即 10,000 × 15% + 15,000 × 20%")


def test_the_example_follows_the_method() -> None:
    data = demo_scheme()
    data["commission"] |= {"method": "whole_tier", "times_grade_factor": False}
    assert words.example(parse_scheme(data)) == "举例:净佣金 25,000 元 → 提成 5,000 元,即 25,000 × 20%"


def test_every_tier_grade_and_band_is_shown() -> None:
    assert section("业务提成").rows == [
        ("10,000 元及以下", "15%"),
        ("10,000 至 30,000 元(含)", "20%"),
        ("30,000 至 60,000 元(含)", "25%"),
        ("60,000 至 100,000 元(含)", "30%"),
        ("100,000 元以上", "35%"),
    ]
    assert section("职级").rows[3] == ("高级", "5,200 元", "1.05")
    assert section("底薪与完成率").rows == [
        ("完成率 80% 及以上", "100%"),
        ("完成率 50% 至 80%(不含)", "80%"),
        ("完成率 50% 以下", "60%"),
    ]
    assert section("职责系数").rows[-1] == ("职责分 60 以下", "0.0")
    assert ("风险金", "绩效的 5%,税后扣") in section("证券经纪人").rows
    assert ("离职时未发完的递延", "按原计划继续发放") in section("扣回与离职").rows


def test_what_a_scheme_says_of_leavers_is_told() -> None:
    data = demo_scheme() | {"leaver": {"lots": "release"}, "recovery": {"share_of_wage": "0.15", "broker_share": "0.5"}}
    changed = {(one.label, one.new) for one in words.differences(DEMO, parse_scheme(data))}
    assert ("离职时未发完的递延", "离职当月一次付清") in changed
    assert any("15%" in new for _, new in changed)
    assert any("50%" in new for _, new in changed)


def test_every_word_is_chinese() -> None:
    """But for the codes that the scheme itself gives."""
    own = {"DEMO-2026", "CRM", "JRY03", "JRY05", "HB001", "ZQ018"}
    text = " ".join(
        " ".join((*found.head, *found.notes, *(cell for row in found.rows for cell in row))) for found in words.sections(DEMO)
    )
    for code in own:
        text = text.replace(code, "")
    assert not [letter for letter in text if letter.isascii() and letter.isalpha()]


@pytest.mark.parametrize(
    "part", ["opening_award", "asset_award", "product_award", "compliance", "protection", "deferral", "damages"]
)
def test_a_part_left_out_is_said_to_be(part: str) -> None:
    data = demo_scheme()
    data[part] = None
    changed = words.differences(DEMO, parse_scheme(data))
    assert changed
    assert any(word in row.new for row in changed for word in ("不设", "不扣")), part


@pytest.mark.parametrize(
    ("path", "value", "section_title", "label", "old", "new"),
    [
        (("commission", "tiers", 1, "rate"), "0.22", "业务提成", "10,000 至 30,000 元(含)", "20%", "22%"),
        (("grades", "中级", "base"), "4200", "职级", "中级", "4,000 元 / 1.0", "4,200 元 / 1.0"),
        (("deferral", "share"), "0.4", "绩效递延", "递延比例", "绩效的 10%", "绩效的 40%"),
        (
            ("broker", "contract_rate"),
            "0.5",
            "证券经纪人",
            "提成",
            "净佣金 × 40%,再乘职责系数和合规系数",
            "净佣金 × 50%,再乘职责系数和合规系数",
        ),
    ],
)
def test_two_versions_differ_in_words(
    path: tuple[str | int, ...], value: str, section_title: str, label: str, old: str, new: str
) -> None:
    data = demo_scheme()
    holder: object = data
    for key in path[:-1]:
        holder = holder[key]  # type: ignore[index]
    holder[path[-1]] = value  # type: ignore[index]
    assert words.Difference(section_title, label, old, new) in words.differences(DEMO, parse_scheme(data))
    assert words.differences(DEMO, DEMO) == []


@pytest.mark.parametrize(("rate", "text"), [("0.15", "15%"), ("0.0002", "0.02%"), ("1", "100%"), ("0.010", "1%"), ("0", "0%")])
def test_a_percentage_has_the_decimals_it_needs(rate: str, text: str) -> None:
    assert words.percent(Decimal(rate)) == text
