"""How routes are read, conditions hold, and people fill places."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.requests.rules import outcome, seats_open
from approvals.routes.rules import Condition, holds, read_stages, skipped
from kernel.matching import unfilled
from kernel.refusals import Refusal

GOOD = {"code": "s", "label": "审核", "mode": "single", "signers": [{"role": "branch_manager", "at": "branch"}]}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mode": "ballot"}, "签署方式“ballot”不存在"),
        ({"mode": ["all"]}, "“mode”应为文字"),
        ({"code": 3}, "“code”应为文字"),
        ({"mode": "vote"}, "票签环节须写明同意比例"),
        ({"mode": "vote", "share": 0}, "1 至 100 的整数"),
        ({"mode": "vote", "share": 101}, "1 至 100 的整数"),
        ({"mode": "vote", "share": True}, "1 至 100 的整数"),
        ({"mode": "vote", "share": "60"}, "1 至 100 的整数"),
        ({"share": 60}, "只有票签环节"),
        ({"chosen_by": "s", "choices": "departments"}, "不能再设置固定的签署方"),
        ({"chosen_by": "s", "signers": []}, "须写明可以选定哪些签署方"),
        ({"chosen_by": "s", "signers": [], "choices": [{"role": "king", "at": "branch"}]}, "没有角色“king”"),
        ({"chosen_by": "s", "signers": [], "choices": "departments", "may_be_none": "yes"}, "may_be_none"),
        ({"choices": "departments"}, "不能设置“choices”"),
        ({"may_be_none": True}, "不能设置“may_be_none”"),
        ({"task": "file"}, "任务“file”不存在"),
        ({"task": "number", "mode": "all"}, "由一人办理"),
        ({"hours": 0}, "时限(hours)"),
        ({"hours": 1.5}, "时限(hours)"),
        ({"hours": 8, "mode": "read"}, "传阅环节无须签署"),
        ({"escalate_to": [{"role": "branch_manager", "at": "branch"}]}, "没有设置时限"),
        ({"hours": 8, "escalate_to": [{"role": "king", "at": "branch"}]}, "没有角色“king”"),
        ({"after_return": "later"}, "after_return"),
        ({"signers": []}, "缺少“signers”"),
        ({"signers": [{"role": "king", "at": "branch"}]}, "没有角色“king”"),
        ({"signers": [{"role": "branch_manager"}]}, "须写明在营业部"),
        ({"signers": [{"role": "branch_manager", "at": "company"}]}, "不在这一级授予"),
        ({"signers": [{"role": "branch_manager", "at": "branch", "department": "x"}]}, "之一"),
        ({"signers": [{"people": ["1", "2"]}]}, "单签环节只能有一个签署方"),
        ({"signers": [{"people": "600001"}]}, "工号的列表"),
        ({"signers": "经理"}, "应为一个列表"),
        ({"on_return": "later"}, "on_return"),
        ({"skip_when": [{"field": "days", "op": "~", "value": 1}]}, "比较“~”不存在"),
        ({"skip_when": [{"field": "days", "op": "in", "value": 1}]}, "应为一个列表"),
        ({"skip_when": [{"field": "days"}]}, "三项"),
        ({"colour": "red"}, "不认识“colour”"),
        ({"label": ""}, "缺少“label”"),
    ],
)
def test_a_faulty_stage_is_refused_by_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_stages([GOOD, {**GOOD, "code": "t", **change}])
    assert any(item.startswith("第 2 个环节") and words in item for item in refusal.value.items)


@pytest.mark.parametrize("data", [[], {}, None, "x", ["x"]])
def test_no_stages_are_refused(data: Any) -> None:
    with pytest.raises(Refusal):
        read_stages(data)


def test_a_code_twice_is_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        read_stages([GOOD, GOOD])
    assert refusal.value.items == ["环节代码“s”重复,请改成不同的代码"]


def chosen(by: str) -> dict[str, Any]:
    return {"code": "t", "label": "会签", "mode": "all", "chosen_by": by, "choices": "departments"}


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ([chosen("s")], "前面没有环节“s”"),
        ([chosen("t")], "前面没有环节“t”"),
        ([chosen("s"), GOOD], "第 1 个环节:签署方须由前面的环节选定"),
        ([{**GOOD, "mode": "all"}, chosen("s")], "选定签署方的环节“审核”须为单签或或签"),
        ([{**GOOD, "mode": "read"}], "所有环节都是传阅"),
        ([{**GOOD, "task": "number"}, {**GOOD, "code": "t", "task": "number"}], "“签发编号”只能设在一个环节"),
        ([GOOD, {**GOOD, "code": "t", "task": "collect"}], "汇总之前没有会签"),
    ],
)
def test_stages_that_do_not_follow_from_each_other_are_refused(stages: list[Any], words: str) -> None:
    with pytest.raises(Refusal) as refusal:
        read_stages(stages)
    assert any(words in item for item in refusal.value.items)


def test_every_key_is_read() -> None:
    told = [{"role": "brokerage_office", "at": "company"}]
    first = {**GOOD, "task": "number", "hours": 8, "escalate_to": told, "after_return": "resume"}
    second = {**chosen("s"), "may_be_none": True, "mode": "vote", "share": 60}
    third = {**chosen("s"), "code": "u", "choices": [{"department": "legal"}, {"people": ["600001", "600002"]}]}
    one, two, three = read_stages([first, second, third])
    assert (one.task, one.hours, one.after_return) == ("number", 8, "resume")
    assert [signer.role for signer in one.escalate_to] == ["brokerage_office"]
    assert (two.share, two.chosen_by, two.any_department, two.may_be_none, two.signers) == (60, "s", True, True, ())
    assert [signer.department or signer.person for signer in three.choices] == ["legal", "600001", "600002"]
    assert not three.any_department


def test_a_stage_without_the_new_keys_reads_as_before() -> None:
    (rule,) = read_stages([GOOD])
    assert (rule.share, rule.chosen_by, rule.choices, rule.task, rule.hours, rule.after_return) == (
        None,
        "",
        (),
        "",
        None,
        "restart",
    )


@pytest.mark.parametrize(
    ("op", "value", "fact", "result"),
    [
        ("le", 3, 3, True),
        ("lt", 3, "3", False),
        ("gt", "9", "10", True),
        ("ge", "1000.00", 1000, True),
        ("eq", "员工", "员工", True),
        ("ne", "员工", "经纪人", True),
        ("in", ["年假", "事假"], "事假", True),
        ("in", [1, 2], "2", True),
        ("in", [1, 2], 3, False),
    ],
)
def test_conditions(op: str, value: Any, fact: Any, result: bool) -> None:
    assert holds(Condition("f", op, value), {"f": fact}) is result


def test_a_missing_or_incomparable_fact_is_refused() -> None:
    with pytest.raises(Refusal, match="没有给出"):
        holds(Condition("days", "gt", 3), {})
    with pytest.raises(Refusal, match="不能与"):
        holds(Condition("days", "gt", 3), {"days": "三天"})


def test_a_stage_is_skipped_only_when_all_conditions_hold() -> None:
    both = [{"field": "days", "op": "le", "value": 3}, {"field": "kind", "op": "eq", "value": "事假"}]
    (rule,) = read_stages([{**GOOD, "skip_when": both}])
    assert skipped(rule, {"days": 2, "kind": "事假"})
    assert not skipped(rule, {"days": 2, "kind": "病假"})
    assert not skipped(read_stages([GOOD])[0], {})


acts = st.sampled_from([None, "agree", "return", "reject"])


@given(
    st.sampled_from(["all", "in_turn", "any"]), st.sampled_from(["at_once", "after_all"]), st.lists(acts, min_size=1, max_size=5)
)
def test_a_stage_never_passes_with_a_return_or_a_rejection(mode: str, on_return: str, answers: list[str | None]) -> None:
    result = outcome(mode, on_return, answers)
    if "reject" in answers:
        assert result == "rejected"
    elif "return" in answers:
        assert result in ("returned", "open")
        assert result == "returned" or (None in answers and on_return == "after_all" and mode == "all")
    elif None not in answers:
        assert result == "passed"
    elif mode != "any" or not any(answers):
        assert result == "open"


@given(st.sampled_from(["single", "all", "any", "in_turn"]), st.lists(st.sampled_from([None, "agree"]), min_size=1, max_size=6))
def test_only_unanswered_seats_open_and_in_turn_only_the_first(mode: str, answers: list[str | None]) -> None:
    open_now = seats_open(mode, answers)
    assert all(answers[index] is None for index in open_now)
    assert len(open_now) == (min(1, answers.count(None)) if mode == "in_turn" else answers.count(None))


@given(st.dictionaries(st.sampled_from("abcd"), st.sets(st.integers(1, 4), max_size=4), max_size=4))
def test_matching_agrees_with_trying_everything(places: dict[str, set[int]]) -> None:
    """Every place can be filled by different people exactly when some assignment of people to places works."""
    names = list(places)
    works = any(
        all(who in places[name] for name, who in zip(names, order, strict=False))
        for order in permutations(range(1, 5), len(names))
    )
    assert (unfilled(places) == []) is works
