"""The form over a scheme's figures, and the file it may come from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kernel.refusals import Refusal
from payroll.schemes.fields import GROUPS, in_chinese, present
from payroll.schemes.forms import SchemeForm, decoded
from tests.factories.payroll import demo_scheme


def posted(scheme: dict[str, Any], **changes: str) -> dict[str, Any]:
    """What a browser sends when nothing but `changes` was typed."""
    form = SchemeForm(scheme=scheme)
    data = {}
    for name in form.fields:
        value = form[name].value()
        if isinstance(value, bool):
            if value:
                data[name] = "on"
        else:
            data[name] = "" if value is None else str(value)
    return {**data, **changes}


def saved(**changes: str) -> SchemeForm:
    scheme = demo_scheme()
    return SchemeForm(posted(scheme, **changes), scheme=scheme)


def test_saving_without_a_change_gives_the_same_scheme_text_for_text() -> None:
    form = saved()
    assert form.is_valid(), form.errors
    assert form.scheme_data == demo_scheme()


def test_every_editable_figure_of_the_demo_scheme_is_on_the_form() -> None:
    whole = demo_scheme() | {"leaver": {"lots": "continue"}, "recovery": {"share_of_wage": "0.20", "broker_share": "1"}}
    groups = list(present(whole))
    assert [group.title for group, _, _ in groups] == [group.title for group in GROUPS]
    assert all(len(figures) == len(group.figures) for group, figures, _ in groups)


@pytest.mark.parametrize(
    ("name", "typed", "read"),
    [
        ("commission.tiers:1:1", "22%", ("commission", "tiers", 1, "rate")),
        ("commission.tiers:1:1", "0.22", ("commission", "tiers", 1, "rate")),
    ],
)
def test_a_percentage_may_be_typed_either_way(name: str, typed: str, read: tuple[Any, ...]) -> None:
    form = saved(**{name: typed})
    assert form.is_valid(), form.errors
    found: Any = form.scheme_data
    for key in read:
        found = found[key]
    assert found == "0.22"


def test_rows_are_added_and_taken_out() -> None:
    form = saved(
        **{
            "commission.tiers:3:0": "",
            "commission.tiers:3:1": "",
            "product_award.rates:4:0": "NEW01",
            "product_award.rates:4:1": "0.4%",
            "grades:5:0": "首席",
            "grades:5:1": "9,000",
            "grades:5:2": "1.2",
        }
    )
    assert form.is_valid(), form.errors
    assert [tier["up_to"] for tier in form.scheme_data["commission"]["tiers"]] == ["10000", "30000", "60000", None]
    assert form.scheme_data["product_award"]["rates"]["NEW01"] == "0.004"
    assert form.scheme_data["grades"]["首席"] == {"base": "9000", "factor": "1.2"}


def test_switches_and_choices() -> None:
    scheme = demo_scheme()
    data = posted(scheme, **{"commission.method": "whole_tier"})
    del data["commission.times_grade_factor"]
    form = SchemeForm(data, scheme=scheme)
    assert form.is_valid(), form.errors
    assert form.scheme_data["commission"]["method"] == "whole_tier"
    assert form.scheme_data["commission"]["times_grade_factor"] is False


@pytest.mark.parametrize(
    ("name", "typed", "message"),
    [
        ("commission.tiers:1:1", "二成", "应写成 15% 或 0.15"),
        ("commission.tiers:1:1", "22", "应写成 15% 或 0.15"),
        ("commission.tiers:1:0", "9000", "业务提成 · 分档"),
        ("commission.tiers:4:0", "200000", "业务提成 · 分档"),
        ("damages.share_of_wage", "30%", "赔偿扣款不超过工资的"),
        ("effective_from", "明年", "应是月份"),
        ("effective_to", "2026-01", "早于"),
        ("opening_award.opened_from", "2026-13-01", "应是日期"),
        ("deferral.months", "一年", "应是整数"),
        ("name", "", "不能为空|必填|required|这个字段"),
        ("grades:1:0", "见习", "写了两行"),
        ("grades:1:0", "", "要有名称"),
        ("compliance.per_complaint", "0.1", "合规系数 · 每起有效投诉"),
    ],
)
def test_what_is_wrong_is_said_in_the_form_s_words(name: str, typed: str, message: str) -> None:
    form = saved(**{name: typed})
    assert not form.is_valid()
    said = json.dumps(form.errors.get_json_data(), ensure_ascii=False)
    assert any(part in said for part in message.split("|")), said


def test_a_scheme_without_a_part_has_no_figures_of_it() -> None:
    scheme = {**demo_scheme(), "deferral": None}
    form = SchemeForm(posted(scheme), scheme=scheme)
    assert form.is_valid(), form.errors
    assert form.scheme_data["deferral"] is None
    assert not [name for name in form.fields if name.startswith("deferral")]


def test_a_path_is_named_as_the_form_names_it() -> None:
    assert in_chinese("方案的“commission.tiers[2].rate”应是数字") == "方案的“业务提成 · 分档 第 2 行”应是数字"
    assert in_chinese("方案的“nowhere.here”不认得") == "方案的“nowhere.here”不认得"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "不是有效的 JSON"),
        (b"{", "不是有效的 JSON"),
        (b"[1, 2]", "最外层"),
        (b'{"a": 1, "a": 2}', "写了两次"),
        (b'{"a": NaN}', "不是数字"),
        ("{}".encode("utf-16"), "UTF-8|JSON"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b" " * 300_000, "256 KB"),
    ],
)
def test_a_file_that_is_no_scheme_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        decoded(content)
    assert any(part in str(caught.value) for part in message.split("|"))


def test_fractions_never_become_floats() -> None:
    assert decoded(b'\xef\xbb\xbf{"rate": 0.15, "n": 3, "d": {"x": 1e-4}}') == {"rate": "0.15", "n": 3, "d": {"x": "1e-4"}}
