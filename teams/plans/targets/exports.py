"""Targets and progress, to take away: what the page shows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn
from teams.plans.targets import queries
from teams.plans.targets.forms import MonthBoardForm, TreeForm
from teams.plans.targets.metrics import LEVELS, METRICS, Level
from teams.plans.targets.progress import Standing, board_for, months_with_figures
from teams.plans.targets.sheets import MONTH_KEYS

UNIT = (
    OutColumn("level", "层级", width=8),
    OutColumn("team", "团队", width=14),
    OutColumn("group", "小组", width=10),
    OutColumn("staff_no", "工号", width=10),
    OutColumn("name", "名称", width=14),
)
TARGET_COLUMNS = (
    *UNIT,
    OutColumn("state", "状态", width=8),
    OutColumn("year", "全年", "money", 16),
    OutColumn("gap", "未分解", "money", 16),
    *(OutColumn(key, f"{number}月", "money", 14) for number, key in enumerate(MONTH_KEYS, 1)),
)
PROGRESS_COLUMNS = (
    *UNIT,
    OutColumn("goal", "月目标", "money", 16),
    OutColumn("actual", "实际", "money", 16),
    OutColumn("completion", "完成率", "percent", 10),
    OutColumn("forecast", "预计全月", "money", 16),
    OutColumn("reached", "达标日期", "day", 12),
    OutColumn("in_time", "15日前达标", width=12),
    OutColumn("lag", "落后", "percent", 10),
    OutColumn("year_goal", "年累计目标", "money", 16),
    OutColumn("year_actual", "年累计实际", "money", 16),
    OutColumn("year_completion", "年累计完成率", "percent", 12),
    OutColumn("cause", "偏差原因", width=30),
    OutColumn("action", "改进措施", width=30),
)


def _unit(target: Any) -> dict[str, Any]:
    return {
        "level": LEVELS[Level(target.level)],
        "team": target.team.name if target.team else "",
        "group": target.group.name if target.group else "",
        "staff_no": target.person.staff_no if target.person else "",
        "name": target.unit_name,
    }


def _target_rows(nodes: list[queries.Node]) -> Iterator[dict[str, Any]]:
    for node in nodes:
        months = dict(zip(MONTH_KEYS, node.months, strict=True))
        named = {"state": node.target.get_state_display(), "year": node.year, "gap": node.year_gap}
        yield _unit(node.target) | named | months


def prepare_targets(wanted: Wanted) -> Prepared:
    """The tree of one metric, as far as the person sees it."""
    form = TreeForm(wanted.query, person=wanted.person)
    branch, metric = form.chosen_branch, METRICS[usable(form).chosen_metric]
    nodes = queries.tree(wanted.person, branch, form.chosen_year, metric.code)
    title = f"{form.chosen_year}年{metric.label}目标"
    heading = [f"{branch.name}  单位:{metric.unit}"]
    listing = Listing(title, TARGET_COLUMNS, _target_rows(nodes), len(nodes), heading=heading, branch=branch)
    return as_prepared(wanted, listing)


def _progress_rows(lines: list[Standing]) -> Iterator[dict[str, Any]]:
    for line in lines:
        yield _unit(line.target) | {
            "goal": line.goal,
            "actual": line.actual,
            "completion": line.completion,
            "forecast": line.forecast,
            "reached": line.reached_on,
            "in_time": "是" if line.in_time else "否",
            "lag": line.lag,
            "year_goal": line.year_goal,
            "year_actual": line.year_actual,
            "year_completion": line.year_completion,
            "cause": line.note.cause if line.note else "",
            "action": line.note.action if line.note else "",
        }


def prepare_progress(wanted: Wanted) -> Prepared:
    """A month's board of one metric, as far as the person sees it."""
    form = MonthBoardForm(wanted.query, person=wanted.person)
    branch, metric = form.chosen_branch, METRICS[usable(form).chosen_metric]
    month = form.chosen_month(months_with_figures(branch))
    board = board_for(wanted.person, branch, month, metric.code, level=form.chosen_level)
    said = f"数据截至 {board.as_of}" if board.as_of else "还没有数据"
    heading = [f"{branch.name}  {said}  单位:{metric.unit}"]
    title = f"{month.label}{metric.label}进度"
    return as_prepared(
        wanted, Listing(title, PROGRESS_COLUMNS, _progress_rows(board.lines), len(board.lines), heading=heading, branch=branch)
    )


TARGETS = ExportKind("targets", "目标", prepare_targets, takes=("branch", "year", "metric"), reaches=(Power.PLAN_VIEW,))
PROGRESS = ExportKind(
    "progress", "目标进度", prepare_progress, takes=("branch", "month", "metric", "level"), reaches=(Power.PLAN_VIEW,)
)
