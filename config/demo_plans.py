"""The demonstration's targets: set by the manager, broken down by the leaders, measured from the months that are there."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branch_by_code, leader_on, person_for
from config import demo
from teams.plans.targets import actions, queries
from teams.plans.targets.metrics import Level
from teams.plans.targets.models import IncomePlan, Milestone, Target
from teams.plans.targets.queries import Unit

MANAGER, DEPUTY = "600005", "600004"
YEAR, DAY = 2026, date(2026, 9, 1)
EACH = {"accounts": "2", "valid_accounts": "2", "net_income": "38000", "product_sales": "80000", "assets": "55000000"}
SPARE = Decimal("1.05")  # the manager keeps a twentieth in hand: it shows as 未分解
INCOME = {"经纪": 139890000, "固收": 25000000, "投行": 17800000, "企业融资": 6800000, "证券投资": 11250000}  # S22
MILESTONES = (
    ("与建设银行福田支行签订年度合作方案", date(2026, 9, 15)),
    ("国庆后社区投教活动两场", date(2026, 10, 23)),
    ("年末客户回访完成八成", date(2026, 12, 15)),
)


def targets() -> None:
    """August to December for every metric: the months before the branch began here stay without a target."""
    branch, manager = branch_by_code(demo.BRANCH_CODE), person_for(MANAGER)
    if Target.objects.filter(branch=branch).exists():
        return
    for metric, each in EACH.items():
        _broken_down(branch, manager, metric, Decimal(each))
    heads = [Decimal(38)] * 12
    root = actions.set_root(branch=branch, year=YEAR, metric="headcount", months=heads, by=manager)
    actions.put_in_force(target_id=root.pk, by=manager)


def _months(amount: Decimal) -> list[Decimal]:
    return [Decimal(0)] * 7 + [amount.quantize(Decimal(1))] * 5


def _broken_down(branch: Branch, manager: Person, metric: str, each: Decimal) -> None:
    teams = {unit.key: unit for unit in queries.units_below(Unit(Level.BRANCH, branch).target(YEAR, metric), DAY)}
    below = {key: _groups(unit, metric) for key, unit in teams.items()}
    sizes = {key: sum(len(people) for _, people in groups) for key, groups in below.items()}
    months = _months(each * sum(sizes.values()) * SPARE)
    root = actions.set_root(branch=branch, year=YEAR, metric=metric, months=months, by=manager)
    actions.put_in_force(target_id=root.pk, by=manager)
    parts = {key: _months(each * size) for key, size in sizes.items() if size}
    actions.set_parts(target_id=root.pk, parts=parts, by=manager)
    actions.put_parts(target_id=root.pk, by=manager)
    for team in Target.objects.filter(parent=root).select_related("team"):
        leader = leader_on(team.team_id or 0, DAY) or manager
        _within_team(team, {unit.key: len(people) for unit, people in below[f"team-{team.team_id}"]}, each, leader)


def _groups(team: Unit, metric: str) -> list[tuple[Unit, list[Unit]]]:
    groups = queries.units_below(team.target(YEAR, metric), DAY)
    return [(unit, queries.units_below(unit.target(YEAR, metric), DAY)) for unit in groups if unit.level == Level.GROUP]


def _within_team(team: Target, sizes: dict[str, int], each: Decimal, leader: Person) -> None:
    parts = {key: _months(each * size) for key, size in sizes.items() if size}
    actions.set_parts(target_id=team.pk, parts=parts, by=leader)
    actions.put_parts(target_id=team.pk, by=leader)
    for group in Target.objects.filter(parent=team).select_related(*queries.UNITS):
        people = {unit.key: _months(each) for unit in queries.units_below(group, DAY)}
        actions.set_parts(target_id=group.pk, parts=people, by=leader)
        actions.put_parts(target_id=group.pk, by=leader)


def income() -> None:
    """部门收入目标 of the first half, by the manager, in force by the deputy."""
    branch = branch_by_code(demo.BRANCH_CODE)
    if IncomePlan.objects.filter(branch=branch).exists():
        return
    parts = {name: Decimal(amount) for name, amount in INCOME.items()}
    total = sum(parts.values(), Decimal(0))
    by = person_for(MANAGER)
    plan = actions.save_income(branch=branch, year=YEAR, period="h1", total=total, parts=parts, by=by)
    actions.put_income(plan_id=plan.pk, by=person_for(DEPUTY))


def milestones() -> None:
    """Three milestones of the first team's leader."""
    branch, manager = branch_by_code(demo.BRANCH_CODE), person_for(MANAGER)
    team = branch.teams.first()
    if team is None or Milestone.objects.filter(branch=branch).exists():
        return
    responsible = leader_on(team.pk, DAY) or manager
    for name, due_on in MILESTONES:
        actions.add_milestone(branch=branch, team=team, name=name, due_on=due_on, responsible=responsible, by=manager)


def progress() -> None:
    """The months that are there, measured; October follows once it is imported."""
    actions.take_open_months(DAY)
