from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.reckoning.reading import parse_scheme
from tests.payroll.reckoning.reference import demo_scheme, scheme_data


def test_the_demo_scheme_is_read_whole():
    scheme = demo_scheme()
    assert scheme.source == "《客户经理薪酬方案(演示)》DEMO-2026(深营营销〔2026〕1号)"
    assert scheme.grades["资深"].base == 6800
    assert scheme.grades["资深"].factor == Decimal("1.10")
    assert (scheme.payment_month(Month(2026, 12)), scheme.effective_from) == (Month(2027, 1), Month(2026, 8))
    assert scheme.broker.contract_rate == Decimal("0.40")


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        *way, last = path.split(".")
        for key in way:
            data = data[int(key)] if isinstance(data, list) else data[key]
        if value is KeyError:
            del data[last]
        else:
            data[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("colour", "red", "“colour”系统不认得"),
        ("grades.见习.bonus", "1", "“grades.见习.bonus”系统不认得"),
        ("commission.tiers.0.cap", "1", "“commission.tiers[1].cap”系统不认得"),
        ("broker.surtax.extra", 1, "“broker.surtax.extra”系统不认得"),
        ("commission.method", "regressive", "commission.method”写的是“regressive”"),
        ("commission.upper_bound", "exclusive", "commission.upper_bound"),
        ("money.rounding", "half_even", "money.rounding"),
        ("product_award.rounding", "per_month", "product_award.rounding"),
        ("net_commission.negative_total", "pay_back", "net_commission.negative_total"),
        ("deferral.applies_to", "base", "deferral.applies_to"),
        ("broker.vat_mode", "weekly", "broker.vat_mode"),
        ("steps", ["net_pay"], "“steps”"),
        ("grades", {}, "至少要有一个职级"),
        ("grades.见习.base", 2800.5, "应是数字"),
        ("grades.见习.base", "-1", "应在 0 至 不限 之间"),
        ("commission.tiers.0.rate", "1.5", "应在 0 至 1 之间"),
        ("commission.tiers.0.up_to", "40000", "由小到大"),
        ("commission.tiers.4.up_to", "1", "只有最后一行"),
        ("completion_bands.0.from", "0.40", "由大到小"),
        ("completion_bands.0.from", None, "只有最后一行"),
        ("duty_bands", [], "不空的表"),
        ("attendance.absence", "3.00", "attendance.absence"),
        ("damages.share_of_wage", "0.50", "damages.share_of_wage"),
        ("overtime.statutory", "2", "overtime.statutory"),
        ("deferral.months", "1.5", "应是整数"),
        ("payment_month_offset", KeyError, "缺少“payment_month_offset”"),
        ("opening_award.opened_from", "八月", "应是日期"),
        ("effective_from", "soon", "应是月份"),
        ("effective_to", "2026-07", "早于"),
        ("opening_award.return_visit_gate", "no", "true 或 false"),
        ("commission", "15%", "应是一组项目"),
        ("paper", " ", "不能为空"),
        ("broker.surtax.items", ["0.07"], "三个税率"),
    ],
)
def test_what_the_code_does_not_know_is_refused_by_name(path: str, value: Any, words: str):
    data = scheme_data()
    _set(path, value)(data)
    with pytest.raises(Refusal, match="薪酬方案不能采用") as refused:
        parse_scheme(data)
    assert refused.value.code == "bad_scheme"
    assert any(words in sentence for sentence in refused.value.items), refused.value.items


def test_all_mistakes_are_named_at_once():
    data = scheme_data()
    data["colour"] = "red"
    data["commission"]["method"] = "x"
    del data["paper"]
    with pytest.raises(Refusal) as refused:
        parse_scheme(data)
    assert len(refused.value.items) == 4  # the missing paper is also an empty one


@pytest.mark.parametrize(
    "part", ["opening_award", "asset_award", "product_award", "compliance", "protection", "deferral", "damages"]
)
def test_a_scheme_may_leave_a_part_out(part: str):
    data = scheme_data()
    data[part] = None
    assert getattr(parse_scheme(data), part) is None


def test_a_scheme_is_refused_outside_its_months():
    data = scheme_data()
    data["effective_to"] = "2026-10"
    scheme = parse_scheme(data)
    assert [scheme.in_force(Month(2026, month)) for month in (7, 8, 10, 11)] == [False, True, True, False]
    with pytest.raises(Missing, match="不能用于 2026年11月"):
        scheme.require_in_force(Month(2026, 11))
