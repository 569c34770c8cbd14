"""Which figures of a scheme a person may edit in a form: their place in the JSON, their Chinese names, their kinds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from payroll.reckoning.scheme import LEAVERS_LOTS
from payroll.reckoning.tables import METHODS
from payroll.schemes.words import VAT_MODES

MONEY, PERCENT, NUMBER, WHOLE, FLAG, TEXT, MONTH, DAY, CHOICE = (
    *("money", "percent", "number", "whole", "flag", "text", "month", "day", "choice"),
)


@dataclass(frozen=True)
class Figure:
    """One figure at `path` (dotted) of the JSON."""

    path: str
    label: str
    kind: str = NUMBER
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Grid:
    """A table of the JSON: a list of {bound, rate}, or (`keyed`) an object name → value or name → {…}. Blank rows fall out.

    `columns`: (key in the JSON, heading, kind); the first is the bound or the name.
    """

    path: str
    label: str
    columns: tuple[tuple[str, str, str], ...]
    keyed: bool = False
    spare: int = 1


@dataclass(frozen=True)
class Group:
    title: str
    part: str
    figures: tuple[Figure, ...] = ()
    grids: tuple[Grid, ...] = ()


def _bands(path: str, label: str, bound: tuple[str, str], rate: tuple[str, str]) -> Grid:
    return Grid(path, label, (("from", *bound), ("rate", *rate)))


GROUPS: tuple[Group, ...] = (
    Group(
        "适用",
        "",
        (
            Figure("name", "方案名称", TEXT),
            Figure("effective_from", "生效月份", MONTH),
            Figure("effective_to", "终止月份(不定则留空)", MONTH),
        ),
    ),
    Group(
        "职级",
        "grades",
        grids=(
            Grid("grades", "职级", (("", "职级", TEXT), ("base", "底薪(元)", MONEY), ("factor", "提成系数", NUMBER)), keyed=True),
        ),
    ),
    Group(
        "业务提成",
        "commission",
        (
            Figure("commission.method", "计算方式", CHOICE, tuple(METHODS.items())),
            Figure("commission.times_grade_factor", "乘职级提成系数", FLAG),
        ),
        (Grid("commission.tiers", "分档", (("up_to", "净佣金至(元,含;最后一档留空)", MONEY), ("rate", "比例", PERCENT))),),
    ),
    Group(
        "开户奖励",
        "opening_award",
        (
            Figure("opening_award.per_account", "每户(元)", MONEY),
            Figure("opening_award.cap", "每月最高(元)", MONEY),
            Figure("opening_award.count_within_months", "开户起几个月内有效", WHOLE),
            Figure("opening_award.opened_from", "自何日起开户", DAY),
            Figure("opening_award.return_visit_gate", "回访通过后才计", FLAG),
        ),
    ),
    Group(
        "资产奖励",
        "asset_award",
        (Figure("asset_award.rate", "比例", PERCENT), Figure("asset_award.cap", "每月最高(元)", MONEY)),
    ),
    Group(
        "产品奖励",
        "product_award",
        (Figure("product_award.completion_factor", "任务完成系数"),),
        (Grid("product_award.rates", "产品奖励率", (("", "产品代码", TEXT), ("", "奖励率", PERCENT)), keyed=True, spare=2),),
    ),
    Group(
        "完成率与职责",
        "",
        grids=(
            _bands("completion_bands", "底薪发放比例", ("完成率达到(最后一档留空)", PERCENT), ("比例", PERCENT)),
            _bands("duty_bands", "职责系数", ("职责分达到(最后一档留空)", NUMBER), ("系数", NUMBER)),
        ),
    ),
    Group(
        "合规系数",
        "compliance",
        (
            Figure("compliance.start", "起点"),
            Figure("compliance.per_complaint", "每起有效投诉(负数)"),
            Figure("compliance.floor", "最低"),
            Figure("compliance.serious_violation", "严重违规时"),
        ),
    ),
    Group(
        "保护期",
        "protection",
        (
            Figure("protection.months", "保护期(月)", WHOLE),
            Figure("protection.extension_months", "延长期(月)", WHOLE),
            Figure("protection.base_rate", "底薪比例", PERCENT),
        ),
    ),
    Group(
        "绩效递延",
        "deferral",
        (
            Figure("deferral.when_above", "绩效超过(元)", MONEY),
            Figure("deferral.share", "递延比例", PERCENT),
            Figure("deferral.months", "分几期发放", WHOLE),
        ),
    ),
    Group(
        "团队负责人津贴",
        "allowances.team_leader",
        grids=(_bands("allowances.team_leader.bands", "管理津贴", ("团队完成率达到(最后一档留空)", PERCENT), ("比例", PERCENT)),),
    ),
    Group("小组长津贴", "allowances.group_leader", (Figure("allowances.group_leader.amount", "每月(元)", MONEY),)),
    Group(
        "扣款与病假",
        "",
        (
            Figure("damages.share_of_wage", "赔偿扣款不超过工资的", PERCENT),
            Figure("attendance.sick_rate", "病假发放比例", PERCENT),
            Figure("minimum_wage.prorated", "最低工资按出勤折算", FLAG),
        ),
    ),
    Group(
        "扣回与离职",
        "",
        (
            Figure("recovery.share_of_wage", "多发扣回不超过工资的", PERCENT),
            Figure("recovery.broker_share", "经纪人多发扣回不超过报酬的", PERCENT),
            Figure("leaver.lots", "离职时未发完的递延", CHOICE, tuple(LEAVERS_LOTS.items())),
        ),
    ),
    Group(
        "证券经纪人",
        "broker",
        (
            Figure("broker.contract_rate", "提成比例", PERCENT),
            Figure("broker.risk_reserve.rate", "风险金比例", PERCENT),
            Figure("broker.vat_mode", "增值税口径", CHOICE, tuple(VAT_MODES.items())),
        ),
    ),
)


def at(data: Any, path: str) -> Any:
    """What stands at the dotted path; None where a part is left out."""
    for key in path.split("."):
        if not isinstance(data, dict) or key not in data:
            return None
        data = data[key]
    return data


def put(data: dict[str, Any], path: str, value: Any) -> None:
    """Set the figure at the dotted path; the part that holds it must be there."""
    *parents, last = path.split(".")
    for key in parents:
        data = data[key]
    data[last] = value


def present(data: dict[str, Any]) -> Iterator[tuple[Group, tuple[Figure, ...], tuple[Grid, ...]]]:
    """The groups with what this scheme has of them: a part that is null has no figures to edit."""
    for group in GROUPS:
        figures = tuple(figure for figure in group.figures if _holds(data, figure.path))
        grids = tuple(grid for grid in group.grids if at(data, grid.path) is not None)
        if figures or grids:
            yield group, figures, grids


def _holds(data: dict[str, Any], path: str) -> bool:
    parent, _, last = path.rpartition(".")
    holder = at(data, parent) if parent else data
    return isinstance(holder, dict) and last in holder


_LABELS = {figure.path: f"{group.title} · {figure.label}" for group in GROUPS for figure in group.figures} | {
    grid.path: f"{group.title} · {grid.label}" for group in GROUPS for grid in group.grids
}
_QUOTED = re.compile(r"“([a-z_]+(?:\.[a-z_]+)*)((?:\[\d+\])?)((?:\.[^”]*)?)”")


def in_chinese(sentence: str) -> str:
    """The reader's sentence with the JSON paths it names replaced by what the form calls them."""

    def name(found: re.Match[str]) -> str:
        label = _LABELS.get(found[1])
        if label is None:
            return found[0]
        row = f" 第 {found[2][1:-1]} 行" if found[2] else ""
        return f"“{label}{row}”"

    return _QUOTED.sub(name, sentence)
