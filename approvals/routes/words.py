"""A route in Chinese words: how a stage reads on a drawing, and what two versions say differently."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from approvals.routes.models import Route
from approvals.routes.rules import (
    MODE_WORDS,
    OPERATOR_WORDS,
    TASK_WORDS,
    AfterReturn,
    Condition,
    Mode,
    OnReturn,
    Signer,
    StageRule,
    read_signers,
)
from branch.people.roles import ROLES


@dataclass(frozen=True)
class Names:
    """What codes are called: departments by code, people by 工号, a kind's facts, the route's stages by code."""

    departments: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    stages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """A stage as the drawing shows it. `state` and `word` are empty on a route that nobody walks."""

    label: str
    mode: str
    signers: str
    state: str
    word: str
    condition: str = ""
    task: str = ""
    limit: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wording:
    """A point that two versions word differently; `old` or `new` is empty where only one has it."""

    section: str
    label: str
    old: str
    new: str


def drawn(rule: StageRule, state: str, word: str, names: Names) -> Step:
    """One stage as a drawing shows it."""
    return Step(
        label=rule.label,
        mode=mode_words(rule),
        signers=seats_words(rule, names),
        state=state,
        word=word,
        condition=" 且 ".join(condition_words(condition, names) for condition in rule.skip_when),
        task=TASK_WORDS[rule.task],
        limit=f"{rule.hours} 个工作小时" if rule.hours else "",
        notes=tuple(_notes(rule, names)),
    )


def mode_words(rule: StageRule) -> str:
    """单签, or 票签(60% 同意即通过)."""
    word = MODE_WORDS[rule.mode]
    return f"{word}({rule.share}% 同意即通过)" if rule.mode == Mode.VOTE else word


def seats_words(rule: StageRule, names: Names) -> str:
    """Who sits, or who names those who sit."""
    if not rule.chosen_by:
        return signers_words(rule.signers, names, " → " if rule.mode == Mode.IN_TURN else "、")
    among = "总部各部门" if rule.any_department else signers_words(rule.choices, names)
    return f"由“{names.stages.get(rule.chosen_by, rule.chosen_by)}”从 {among} 中选定"


def _notes(rule: StageRule, names: Names) -> Iterable[str]:
    """The lesser points, each a short sentence."""
    if rule.may_be_none:
        yield "可以写明理由不选任何人,本环节跳过"
    if rule.mode == Mode.ALL and rule.on_return == OnReturn.AFTER_ALL:
        yield "有人退回时,等全部签完再退"
    if rule.after_return == AfterReturn.RESUME:
        yield "退回后再次提交,从本环节接着走"
    if rule.escalate_to:
        yield f"超时一倍报告 {signers_words(rule.escalate_to, names)}"


def signers_words(signers: Sequence[Signer], names: Names, between: str = "、") -> str:
    return between.join(signer_words(signer, names) for signer in signers)


def signer_words(signer: Signer, names: Names) -> str:
    """A signer as people call it."""
    if signer.leader:
        return "申请人的上级"
    if signer.role:
        return f"本营业部{ROLES[signer.role].label}" if signer.at == "branch" else ROLES[signer.role].label
    if signer.department:
        return names.departments.get(signer.department, f"部门 {signer.department}")
    return names.people.get(signer.person, f"工号 {signer.person}")


def condition_words(condition: Condition, names: Names) -> str:
    value = "、".join(map(str, condition.value)) if isinstance(condition.value, list) else condition.value
    return f"{names.facts.get(condition.field, condition.field)} {OPERATOR_WORDS[condition.op]} {value}"


def stage_lines(rule: StageRule, names: Names) -> dict[str, str]:
    """Every point of a stage that a comparison looks at, by its label."""
    step = drawn(rule, "", "", names)
    return {
        "名称": step.label,
        "方式": step.mode,
        "签署方": step.signers,
        "任务": step.task,
        "时限": step.limit,
        "跳过条件": step.condition,
        "其他": ";".join(step.notes),
    }


def head_lines(route: Route, names: Names) -> dict[str, str]:
    """Every point of a version besides its stages."""
    return {
        "名称": route.name,
        "生效日": f"{route.effective_from:%Y-%m-%d}",
        "失效日": f"{route.effective_to:%Y-%m-%d}" if route.effective_to else "",
        "同一人签多个环节": "允许" if route.same_person_twice else "不允许",
        "抄送": signers_words(read_signers(route.copies), names) if route.copies else "",
        "催办": signers_words(read_signers(route.chasers), names) if route.chasers else "",
        "依据": route.basis,
    }


def differences(old: Route, new: Route, names: Names) -> list[Wording]:
    """What `new` says otherwise than `old`: the head, then stage by stage as `new` has them, then those that are gone."""
    found = _differing("流程", head_lines(old, names), head_lines(new, names))
    before, after = _stages_of(old), _stages_of(new)
    kept_before = [rule.label for code, rule in before.items() if code in after]
    kept_after = [before[code].label for code in after if code in before]
    if kept_before != kept_after:
        found.append(Wording("流程", "环节顺序", " → ".join(kept_before), " → ".join(kept_after)))
    for code, rule in after.items():
        was = before.get(code)
        if was is None:
            found.append(Wording(f"环节“{rule.label}”", "新增环节", "", _told(rule, names)))
        else:
            found += _differing(f"环节“{rule.label}”", stage_lines(was, names), stage_lines(rule, names))
    gone = [rule for code, rule in before.items() if code not in after]
    return found + [Wording(f"环节“{rule.label}”", "删除环节", _told(rule, names), "") for rule in gone]


def _stages_of(route: Route) -> dict[str, StageRule]:
    return {rule.code: rule for rule in route.rules} if route.stages else {}


def _told(rule: StageRule, names: Names) -> str:
    return ";".join(value for value in list(stage_lines(rule, names).values())[1:] if value)


def _differing(section: str, old: Mapping[str, str], new: Mapping[str, str]) -> list[Wording]:
    return [Wording(section, label, old[label], new[label]) for label in new if old[label] != new[label]]
