"""How a route is read and when a stage is passed over: plain functions of plain values."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from branch.people.roles import ROLES, Scope
from kernel.refusals import Refusal


class Mode(StrEnum):
    """How many of a stage's seats must sign."""

    SINGLE = "single"
    ALL = "all"
    ANY = "any"
    IN_TURN = "in_turn"


MODE_WORDS: dict[str, str] = {Mode.SINGLE: "单签", Mode.ALL: "会签", Mode.ANY: "或签", Mode.IN_TURN: "依次签"}


class OnReturn(StrEnum):
    """What one 退回 does in a 会签: ends the round at once, or is kept until all have answered."""

    AT_ONCE = "at_once"
    AFTER_ALL = "after_all"


@dataclass(frozen=True)
class Signer:
    """Who sits: a role at the request's branch or company-wide, a department, a named person, or the applicant's leader."""

    role: str = ""
    at: str = ""
    department: str = ""
    person: str = ""
    leader: bool = False


@dataclass(frozen=True)
class Condition:
    """`facts[field] op value`, e.g. days ≤ 3."""

    field: str
    op: str
    value: Any


@dataclass(frozen=True)
class StageRule:
    """One stage as the route has it. It is skipped when every condition of `skip_when` holds (and there is one)."""

    code: str
    label: str
    mode: Mode
    signers: tuple[Signer, ...]
    on_return: OnReturn = OnReturn.AT_ONCE
    skip_when: tuple[Condition, ...] = ()


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "in": lambda fact, values: fact in values,
}
OPERATOR_WORDS = {"eq": "等于", "ne": "不等于", "gt": "大于", "ge": "不小于", "lt": "小于", "le": "不大于", "in": "属于"}
STAGE_KEYS = {"code", "label", "mode", "signers", "on_return", "skip_when"}


def read_stages(data: object) -> tuple[StageRule, ...]:
    """The stages of a route, checked. Raises one Refusal whose items name every fault by stage."""
    if not isinstance(data, list) or not data:
        raise Refusal("审批流程没有任何环节,请至少设置一个环节", code="bad_route")
    problems = [f"第 {i} 个环节:{fault}" for i, raw in enumerate(data, 1) for fault in _stage_faults(raw)]
    codes = [raw.get("code") for raw in data if isinstance(raw, dict)]
    problems += [f"环节代码“{code}”重复,请改成不同的代码" for code in dict.fromkeys(codes) if codes.count(code) > 1]
    if problems:
        raise Refusal("审批流程不完整,请按下列各条改正", code="bad_route", items=problems)
    return tuple(_stage(raw) for raw in data)


def read_signers(data: object) -> tuple[Signer, ...]:
    """Signers (or people to copy) as data, checked."""
    faults = _signer_faults(data)
    if faults:
        raise Refusal("签署人设置有误", code="bad_route", items=faults)
    assert isinstance(data, list)
    return tuple(signer for raw in data for signer in _signers(raw))


def _stage(raw: dict[str, Any]) -> StageRule:
    return StageRule(
        code=raw["code"],
        label=raw["label"],
        mode=Mode(raw["mode"]),
        signers=tuple(signer for entry in raw["signers"] for signer in _signers(entry)),
        on_return=OnReturn(raw.get("on_return", OnReturn.AT_ONCE)),
        skip_when=tuple(Condition(c["field"], c["op"], c["value"]) for c in raw.get("skip_when", [])),
    )


def _signers(raw: dict[str, Any]) -> list[Signer]:
    if "people" in raw:
        return [Signer(person=staff_no) for staff_no in raw["people"]]
    if "department" in raw:
        return [Signer(department=raw["department"])]
    if "leader" in raw:
        return [Signer(leader=True)]
    return [Signer(role=raw["role"], at=raw["at"])]


def _stage_faults(raw: object) -> list[str]:
    if not isinstance(raw, dict):
        return ["应为一组名称与值"]
    faults = [f"缺少“{key}”" for key in ("code", "label", "mode", "signers") if not raw.get(key)]
    faults += [f"不认识“{key}”" for key in raw if key not in STAGE_KEYS]
    if raw.get("mode") and raw["mode"] not in MODE_WORDS:
        faults.append(f"签署方式“{raw['mode']}”不存在,应为 {'、'.join(MODE_WORDS)} 之一")
    if raw.get("on_return", OnReturn.AT_ONCE) not in list(OnReturn):
        faults.append("on_return 应为 at_once 或 after_all")
    if raw.get("signers"):
        faults += _signer_faults(raw["signers"])
        if not faults and raw["mode"] == Mode.SINGLE and len([s for e in raw["signers"] for s in _signers(e)]) != 1:
            faults.append("单签环节只能有一个签署方,多个签署方请用会签、或签或依次签")
    return faults + _condition_faults(raw.get("skip_when", []))


def _signer_faults(data: object) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(entry, dict) for entry in data):
        return ["签署人应为一个列表"]
    return [fault for entry in data for fault in _one_signer_fault(entry)]


def _one_signer_fault(entry: dict[str, Any]) -> list[str]:
    kinds = [key for key in ("role", "department", "people", "leader") if entry.get(key)]
    if len(kinds) != 1:
        return ["每个签署人须写明角色、部门、人员或申请人的上级之一"]
    if kinds == ["people"] and not (isinstance(entry["people"], list) and all(isinstance(p, str) for p in entry["people"])):
        return ["指定人员应为工号的列表"]
    if kinds != ["role"]:
        return []
    role = ROLES.get(entry["role"])
    if role is None:
        return [f"没有角色“{entry['role']}”"]
    wanted = {"branch": Scope.BRANCH, "company": Scope.COMPANY}.get(entry.get("at", ""))
    if wanted is None:
        return [f"角色“{role.label}”须写明在营业部(branch)还是公司(company)"]
    return [] if role.scope == wanted else [f"角色“{role.label}”不在这一级授予,请改正 at"]


def _condition_faults(data: object) -> list[str]:
    if not isinstance(data, list):
        return ["跳过条件应为一个列表"]
    faults = []
    for entry in data:
        if not isinstance(entry, dict) or set(entry) != {"field", "op", "value"}:
            faults.append("每个跳过条件须有 field、op、value 三项")
        elif entry["op"] not in OPERATORS:
            faults.append(f"跳过条件的比较“{entry['op']}”不存在,应为 {'、'.join(OPERATORS)} 之一")
        elif entry["op"] == "in" and not isinstance(entry["value"], list):
            faults.append("比较“in”的值应为一个列表")
    return faults


def _comparable(value: Any) -> Any:
    """Numbers, also those kept as text, compare as Decimal; everything else as text."""
    if isinstance(value, bool):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def holds(condition: Condition, facts: Mapping[str, Any]) -> bool:
    """Whether the condition holds. A fact that the request lacks is refused, never guessed."""
    if condition.field not in facts:
        raise Refusal(f"审批流程要按“{condition.field}”判断环节,但申请没有给出这一项", code="missing_fact")
    fact = _comparable(facts[condition.field])
    if condition.op == "in":
        return fact in [_comparable(value) for value in condition.value]
    value = _comparable(condition.value)
    if type(fact) is not type(value):
        raise Refusal(f"“{condition.field}”的值“{facts[condition.field]}”不能与“{condition.value}”比较", code="missing_fact")
    return OPERATORS[condition.op](fact, value)


def skipped(stage: StageRule, facts: Mapping[str, Any]) -> bool:
    """Whether the stage is passed over for these facts."""
    return bool(stage.skip_when) and all(holds(condition, facts) for condition in stage.skip_when)
