"""Who may see, write and hand in business analysis reports, and who may see which figure of one."""

from __future__ import annotations

from dataclasses import dataclass

from branch.org.models import Branch, Team
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden
from teams.plans.reports.register import SLOTS, power_over


def sees_reports(person: Person) -> bool:
    return holds(person, Power.PLAN_VIEW)


def require_may_write(person: Person, team: Team) -> None:
    """Draft, write, refresh, hand in and take back: the team's leader, or the branch's managers."""
    scope = reach(person, Power.PLAN_EDIT)
    if not (scope.company or team.branch_id in scope.branches or team.pk in scope.teams):
        raise Forbidden(f"{team.name}的业务分析报告由团队负责人或营业部经理编制,您没有权限", code="forbidden")


@dataclass(frozen=True)
class Sight:
    """What of a report may be shown: lent amounts, 部门收入目标 of the branch; and the words in place of the others."""

    slots: frozenset[str]
    branch_parts: bool
    instead: str = "您没有查看这一项的权限"


WHOLE = Sight(frozenset(SLOTS), True)
"""The file of record."""


def everybodys() -> Sight:
    """What every reader of a report may see: on a request, on its A4 paper, in what has changed."""
    slots = frozenset(slot for slot in SLOTS if power_over(slot) is None)
    return Sight(slots, branch_parts=False, instead="这里不列示,有权限的人见报告页面")


def sight_of(person: Person, team: Team) -> Sight:
    """Pay is for who sees the branch's pay, expenses for who sees the team's, 部门收入目标 for who sees the branch's plans."""
    slots = [slot for slot in SLOTS if (power := power_over(slot)) is None or _reaches(person, power, team)]
    return Sight(frozenset(slots), reach(person, Power.PLAN_VIEW).covers_branch(team.branch))


def _reaches(person: Person, power: Power, team: Team) -> bool:
    scope = reach(person, power)
    return scope.covers_branch(team.branch) or team.pk in scope.teams


def require_may_open_filed(person: Person, branch: Branch) -> None:
    """The filed document carries pay: for who sees the branch's pay, and for 综合室, which keeps it on record."""
    if not (reach(person, Power.PAY_VIEW).covers_branch(branch) or reach(person, Power.PAY_REPORT).covers_branch(branch)):
        raise Forbidden("归档的业务分析报告含薪酬合计,只有能查看本营业部薪酬的人和经纪业务综合室可以打开", code="forbidden")
