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
    """How many of a stage's seats must sign. 票签 asks for a share of them, 传阅 for none: its people read."""

    SINGLE = "single"
    ALL = "all"
    ANY = "any"
    IN_TURN = "in_turn"
    VOTE = "vote"
    READ = "read"


MODE_WORDS: dict[str, str] = {
    Mode.SINGLE: "单签",
    Mode.ALL: "会签",
    Mode.ANY: "或签",
    Mode.IN_TURN: "依次签",
    Mode.VOTE: "票签",
    Mode.READ: "传阅",
}
ONE_SIGNS = (Mode.SINGLE, Mode.ANY)
"""The modes that one agreement ends: only there can a signer speak for the stage (name the next signers, draw a number)."""


class OnReturn(StrEnum):
    """What one 退回 does in a 会签: ends the round at once, or is kept until all have answered."""

    AT_ONCE = "at_once"
    AFTER_ALL = "after_all"


class Task(StrEnum):
    """What a stage does besides signing (art. 4): 签发编号, 收文登记, 汇总, 回传会签意见."""

    NONE = ""
    NUMBER = "number"
    RECEIVE = "receive"
    COLLECT = "collect"
    RETURN = "return"


TASK_WORDS: dict[str, str] = {
    Task.NONE: "",
    Task.NUMBER: "签发编号",
    Task.RECEIVE: "收文登记",
    Task.COLLECT: "汇总",
    Task.RETURN: "回传会签意见",
}


class AfterReturn(StrEnum):
    """Where 再次提交 begins after this stage has returned: at the first stage, or here, the earlier ones 沿用."""

    RESTART = "restart"
    RESUME = "resume"


ANY_DEPARTMENT = "departments"
LONGEST_HOURS = 999


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
    """One stage as the route has it. It is skipped when every condition of `skip_when` holds (and there is one).

    `share`: percent of the seats that must agree (票签). `chosen_by`: code of the earlier stage whose signer names who sits here,
    out of `choices` or, with `any_department`, of the departments in being; `may_be_none` lets that signer name nobody.
    `hours`: working hours from opening to due; at twice that `escalate_to` hears of it.
    """

    code: str
    label: str
    mode: Mode
    signers: tuple[Signer, ...]
    on_return: OnReturn = OnReturn.AT_ONCE
    skip_when: tuple[Condition, ...] = ()
    share: int | None = None
    chosen_by: str = ""
    choices: tuple[Signer, ...] = ()
    any_department: bool = False
    may_be_none: bool = False
    task: Task = Task.NONE
    hours: int | None = None
    escalate_to: tuple[Signer, ...] = ()
    after_return: AfterReturn = AfterReturn.RESTART


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
STAGE_KEYS = {
    *("code", "label", "mode", "signers", "on_return", "skip_when", "share", "chosen_by", "choices", "may_be_none"),
    *("task", "hours", "escalate_to", "after_return"),
}


def read_stages(data: object) -> tuple[StageRule, ...]:
    """The stages of a route, checked. Raises one Refusal whose items name every fault by stage."""
    if not isinstance(data, list) or not data:
        raise Refusal("审批流程没有任何环节,请至少设置一个环节", code="bad_route")
    problems = [f"第 {i} 个环节:{fault}" for i, raw in enumerate(data, 1) for fault in _stage_faults(raw)]
    if not problems:
        problems = _order_faults(data)
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
    choices = raw.get("choices") or []
    return StageRule(
        code=raw["code"],
        label=raw["label"],
        mode=Mode(raw["mode"]),
        signers=_all_signers(raw.get("signers")),
        on_return=OnReturn(raw.get("on_return", OnReturn.AT_ONCE)),
        skip_when=tuple(Condition(c["field"], c["op"], c["value"]) for c in raw.get("skip_when", [])),
        share=raw.get("share"),
        chosen_by=raw.get("chosen_by") or "",
        choices=() if choices == ANY_DEPARTMENT else _all_signers(choices),
        any_department=choices == ANY_DEPARTMENT,
        may_be_none=bool(raw.get("may_be_none")),
        task=Task(raw.get("task") or ""),
        hours=raw.get("hours"),
        escalate_to=_all_signers(raw.get("escalate_to")),
        after_return=AfterReturn(raw.get("after_return", AfterReturn.RESTART)),
    )


def _all_signers(entries: list[dict[str, Any]] | None) -> tuple[Signer, ...]:
    return tuple(signer for entry in entries or [] for signer in _signers(entry))


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
    words = ("code", "label", "mode", "on_return", "chosen_by", "task", "after_return")
    odd = [f"“{key}”应为文字" for key in words if not isinstance(raw.get(key) or "", str)]
    if odd:
        return odd
    wanted = ("code", "label", "mode") if raw.get("chosen_by") else ("code", "label", "mode", "signers")
    faults = [f"缺少“{key}”" for key in wanted if not raw.get(key)]
    faults += [f"不认识“{key}”" for key in raw if key not in STAGE_KEYS]
    if raw.get("mode") and raw["mode"] not in MODE_WORDS:
        faults.append(f"签署方式“{raw['mode']}”不存在,应为 {'、'.join(MODE_WORDS)} 之一")
    if raw.get("on_return", OnReturn.AT_ONCE) not in list(OnReturn):
        faults.append("on_return 应为 at_once 或 after_all")
    if raw.get("after_return", AfterReturn.RESTART) not in list(AfterReturn):
        faults.append("after_return 应为 restart 或 resume")
    if raw.get("signers"):
        faults += _signer_faults(raw["signers"])
        if not faults and raw["mode"] == Mode.SINGLE and len(_all_signers(raw["signers"])) != 1:
            faults.append("单签环节只能有一个签署方,多个签署方请用会签、或签或依次签")
    more = (_share_faults, _choice_faults, _task_faults, _time_faults)
    return faults + [fault for look in more for fault in look(raw)] + _condition_faults(raw.get("skip_when", []))


def _share_faults(raw: dict[str, Any]) -> list[str]:
    if raw.get("mode") != Mode.VOTE:
        return ["只有票签环节可以设置同意比例(share)"] if raw.get("share") is not None else []
    return [] if _whole(raw.get("share"), 100) else ["票签环节须写明同意比例(share),为 1 至 100 的整数"]


def _choice_faults(raw: dict[str, Any]) -> list[str]:
    """A chosen stage has no signers of its own, but a limit to the choice; no other stage has the keys of choosing."""
    choices = raw.get("choices")
    if not raw.get("chosen_by"):
        return [f"没有写明由哪个环节选定签署方(chosen_by),不能设置“{key}”" for key in ("choices", "may_be_none") if raw.get(key)]
    faults = ["签署方由前面的环节选定,不能再设置固定的签署方(signers)"] if raw.get("signers") else []
    if not isinstance(raw.get("may_be_none", False), bool):
        faults.append("may_be_none 应为是或否")
    if not choices:
        return [*faults, f"须写明可以选定哪些签署方(choices):{ANY_DEPARTMENT}(总部各部门)或签署方的列表"]
    return faults if choices == ANY_DEPARTMENT else faults + _signer_faults(choices)


def _task_faults(raw: dict[str, Any]) -> list[str]:
    task, mode = raw.get("task") or "", raw.get("mode")
    if task not in TASK_WORDS:
        return [f"任务“{task}”不存在,应为 {'、'.join(filter(None, TASK_WORDS))} 之一"]
    if task and mode not in ONE_SIGNS:
        return [f"“{TASK_WORDS[task]}”环节须为单签或或签,由一人办理"]
    return []


def _time_faults(raw: dict[str, Any]) -> list[str]:
    hours, told = raw.get("hours"), raw.get("escalate_to") or []
    faults = []
    if hours is not None and not _whole(hours, LONGEST_HOURS):
        faults.append(f"时限(hours)应为 1 至 {LONGEST_HOURS} 的整数工作小时")
    if hours is not None and raw.get("mode") == Mode.READ:
        faults.append("传阅环节无须签署,不能设置时限")
    if told and hours is None:
        faults.append("没有设置时限(hours),不能设置超时后报告谁(escalate_to)")
    return faults + _signer_faults(told)


def _whole(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most


def _order_faults(data: list[dict[str, Any]]) -> list[str]:
    """What only shows when the stages stand beside each other."""
    codes = [raw["code"] for raw in data]
    faults = [f"环节代码“{code}”重复,请改成不同的代码" for code in dict.fromkeys(codes) if codes.count(code) > 1]
    tasks = [raw.get("task") for raw in data]
    once = (Task.NUMBER, Task.RECEIVE)
    faults += [f"“{TASK_WORDS[task]}”只能设在一个环节" for task in once if tasks.count(task) > 1]
    if all(raw["mode"] == Mode.READ for raw in data):
        faults.append("所有环节都是传阅,没有人签署;请至少设置一个签署环节")
    for i, raw in enumerate(data, 1):
        before = {earlier["code"]: earlier for earlier in data[: i - 1]}
        chooser = raw.get("chosen_by")
        if chooser and chooser not in before:
            faults.append(f"第 {i} 个环节:签署方须由前面的环节选定,前面没有环节“{chooser}”")
        elif chooser and before[chooser]["mode"] not in ONE_SIGNS:
            faults.append(f"第 {i} 个环节:选定签署方的环节“{before[chooser]['label']}”须为单签或或签,由一人选定")
        if raw.get("task") == Task.COLLECT and not any(
            earlier["mode"] not in (*ONE_SIGNS, Mode.READ) for earlier in before.values()
        ):
            faults.append(f"第 {i} 个环节:汇总之前没有会签、票签或依次签的环节")
    return faults


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
