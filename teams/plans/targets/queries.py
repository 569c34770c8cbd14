"""Reading targets: the tree with its gaps, one target with its parts and history, and on whom a target may be broken down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from branch.org.models import Branch, Group, Team
from branch.people.access import reach
from branch.people.choices import branches_of
from branch.people.models import Person, Posting
from branch.people.queries import current
from branch.people.roles import Power
from branch.rest.places import chosen
from kernel.money import ZERO
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.targets import rules
from teams.plans.targets.metrics import METRICS, Level
from teams.plans.targets.models import DeviationNote, IncomePlan, Milestone, Target, TargetChange, TargetMonth, TargetSheet

Months = list[Decimal]
RANK = {Level.BRANCH: 0, Level.TEAM: 1, Level.GROUP: 2, Level.PERSON: 3}
UNITS = ("branch", "team", "group", "person", "made_by", "put_by")  # whose a target is, who set it


@dataclass(frozen=True)
class Unit:
    """On whom a target hangs. `key` names it in forms: `team-3`, `person-17`."""

    level: Level
    branch: Branch
    team: Team | None = None
    group: Group | None = None
    person: Person | None = None

    @property
    def key(self) -> str:
        return f"{self.level}-{getattr(self, self.level).pk}"

    @property
    def name(self) -> str:
        return str(self.person) if self.person is not None else str(getattr(self, self.level).name)

    def target(self, year: int, metric: str, **more: Any) -> Target:
        """A target of this unit, not saved."""
        where = {"team": self.team, "group": self.group, "person": self.person}
        return Target(branch=self.branch, year=year, metric=metric, level=self.level, **where, **more)


def unit_of(target: Target) -> Unit:
    return Unit(Level(target.level), target.branch, target.team, target.group, target.person)


def key_of(target: Target) -> str:
    return f"{target.level}-{getattr(target, f'{target.level}_id')}"


def months_of(targets: Iterable[int]) -> dict[int, Months]:
    """Target id → its twelve months; one statement."""
    found: dict[int, Months] = defaultdict(lambda: [ZERO] * rules.MONTHS)
    rows = TargetMonth.objects.filter(target__in=list(targets)).order_by()
    for target, month, amount in rows.values_list("target", "month", "amount"):
        found[target][month.month - 1] = amount
    return found


def year_months(year: int) -> list[Month]:
    return [Month(year, number) for number in range(1, rules.MONTHS + 1)]


@dataclass
class Node:
    """A target in the tree. `gap`: 未分解 month by month, None where nothing is to be broken down (a person)."""

    target: Target
    months: Months
    depth: int
    gap: Months | None = None
    parts: int = 0

    @property
    def year(self) -> Decimal:
        return rules.year_figure(self.months, self.target.kind)

    @property
    def year_gap(self) -> Decimal | None:
        return None if self.gap is None else rules.year_figure(self.gap, self.target.kind)

    @property
    def broken_down(self) -> Decimal | None:
        return None if self.gap is None else self.year - (self.year_gap or ZERO)


def in_order(target: Target) -> tuple[Any, ...]:
    """Branch, then team by team, each with its groups and people."""
    staff_no = target.person.staff_no if target.person is not None else ""
    return (target.team_id or 0, target.group_id or 0, RANK[Level(target.level)], staff_no)


def tree(person: Person, branch: Branch, year: int, metric: str) -> list[Node]:
    """The targets this person may see, top to bottom, each with what of it is not yet broken down."""
    rows = Target.objects.visible_to(person).of_year(branch, year).filter(metric=metric).select_related(*UNITS)
    targets = sorted(rows, key=in_order)
    seen = {target.pk for target in targets}
    parts = defaultdict(list)
    for part, parent in Target.objects.filter(parent__in=seen).order_by().values_list("pk", "parent"):
        parts[parent].append(part)
    months = months_of(seen | {part for found in parts.values() for part in found})
    top = min((RANK[Level(target.level)] for target in targets), default=0)
    nodes = []
    for target in targets:
        gap = None if target.level == Level.PERSON else rules.gaps(months[target.pk], [months[part] for part in parts[target.pk]])
        depth = RANK[Level(target.level)] - top
        nodes.append(Node(target, months[target.pk], depth, gap, len(parts[target.pk])))
    return nodes


def target_for(person: Person, target_id: int) -> Target:
    """One target the person may see. Raises Unknown."""
    rows = Target.objects.visible_to(person).select_related(*UNITS, "parent", "made_by", "put_by")
    found = rows.filter(pk=target_id).first()
    if found is None:
        raise Unknown("没有这项目标,或不在您的查看范围内")
    return found


@dataclass
class TargetView:
    """One target as its page shows it."""

    target: Target
    months: Months
    parts: list[Node]
    gap: Months
    changes: list[TargetChange] = field(default_factory=list)

    @property
    def year(self) -> Decimal:
        return rules.year_figure(self.months, self.target.kind)

    @property
    def year_gap(self) -> Decimal:
        return rules.year_figure(self.gap, self.target.kind)

    @property
    def drafts(self) -> list[Node]:
        return [node for node in self.parts if not node.target.in_force]


def view_of(target: Target) -> TargetView:
    """With its parts, what they leave, and the changes it went through."""
    rows = sorted(Target.objects.filter(parent=target).select_related(*UNITS), key=in_order)
    months = months_of([target.pk, *(row.pk for row in rows)])
    parts = [Node(row, months[row.pk], 1) for row in rows]
    changes = list(target.changes.select_related("proposed_by", "decided_by"))
    return TargetView(target, months[target.pk], parts, rules.gaps(months[target.pk], [node.months for node in parts]), changes)


def units_below(target: Target, day: date) -> list[Unit]:
    """On whom the target may be broken down: who stands below it on `day`, and who has a part of it already."""
    found = {unit.key: unit for unit in _standing_below(target, day)}
    for part in Target.objects.filter(parent=target.pk or 0).select_related(*UNITS):
        found.setdefault(key_of(part), unit_of(part))
    return list(found.values())


def _standing_below(target: Target, day: date) -> list[Unit]:
    branch, open_on = target.branch, Q(opened_on__lte=day) & (Q(closed_on=None) | Q(closed_on__gte=day))
    if target.level == Level.BRANCH:
        return [Unit(Level.TEAM, branch, team) for team in Team.objects.working_on(day).filter(branch=branch)]
    if target.level == Level.GROUP:
        return _people(target, day, Q(group=target.group_id))
    groups = [Unit(Level.GROUP, branch, target.team, group) for group in Group.objects.filter(open_on, team=target.team_id)]
    return [*groups, *_people(target, day, Q(team=target.team_id, group=None))]


def _people(target: Target, day: date, where: Q) -> list[Unit]:
    """Posted there on the day; of a head count a single person is no part."""
    if METRICS[target.metric].code == "headcount":
        return []
    rows = Posting.objects.filter(current(day) & where).select_related("person", "team", "group").order_by("person__staff_no")
    return [Unit(Level.PERSON, target.branch, row.team, row.group, row.person) for row in rows]


def posted_units(branch: Branch, team: Team | None, day: date) -> list[Unit]:
    """Everybody posted at the branch (in the team) on the day, with team and group."""
    rows = Posting.objects.filter(current(day), branch=branch).select_related("person", "team", "group")
    rows = rows.filter(team=team) if team is not None else rows.filter(Q(team=None) | Q(team__begun_on__lte=day))
    return [Unit(Level.PERSON, branch, row.team, row.group, row.person) for row in rows]


def change_for(person: Person, change_id: int) -> TargetChange:
    """One change the person may see. Raises Unknown."""
    paths = [f"target__{unit}" for unit in UNITS]
    rows = TargetChange.objects.visible_to(person).select_related("target", *paths, "proposed_by", "decided_by")
    found = rows.filter(pk=change_id).first()
    if found is None:
        raise Unknown("没有这项目标变更,或不在您的查看范围内")
    return found


def changes_for(person: Person) -> QuerySet[TargetChange]:
    """The changes the person may see, newest first."""
    paths = [f"target__{unit}" for unit in UNITS]
    return TargetChange.objects.visible_to(person).select_related("target", *paths, "proposed_by", "decided_by")


def income_plans(person: Person, branch: Branch, year: int) -> list[IncomePlan]:
    rows = IncomePlan.objects.visible_to(person).filter(branch=branch, year=year).prefetch_related("parts")
    return list(rows.select_related("branch", "made_by", "put_by"))


def income_plan_for(person: Person, plan_id: int) -> IncomePlan:
    """One 部门收入目标 the person may see. Raises Unknown."""
    rows = IncomePlan.objects.visible_to(person).select_related("branch", "made_by", "put_by").prefetch_related("parts")
    found = rows.filter(pk=plan_id).first()
    if found is None:
        raise Unknown("没有这份部门收入目标,或不在您的查看范围内")
    return found


def note_for(person: Person, note_id: int) -> DeviationNote:
    """One 偏差说明 the person may see. Raises Unknown."""
    paths = [f"target__{unit}" for unit in UNITS]
    rows = DeviationNote.objects.visible_to(person).select_related("target", *paths, "answered_by")
    found = rows.filter(pk=note_id).first()
    if found is None:
        raise Unknown("没有这份偏差说明,或不在您的查看范围内")
    return found


def notes_for(person: Person, *, month: Month | None = None, state: str = "") -> QuerySet[DeviationNote]:
    paths = [f"target__{unit}" for unit in UNITS]
    rows = DeviationNote.objects.visible_to(person).select_related("target", *paths, "answered_by")
    rows = rows.filter(month=month) if month is not None else rows
    return rows.filter(state=state) if state else rows


def milestone_for(person: Person, milestone_id: int) -> Milestone:
    """One milestone the person may see. Raises Unknown."""
    rows = Milestone.objects.visible_to(person).select_related("branch", "team", "responsible", "done_by", "evidence")
    found = rows.filter(pk=milestone_id).first()
    if found is None:
        raise Unknown("没有这个里程碑,或不在您的查看范围内")
    return found


def milestones_for(person: Person, *, standing: str, today: date) -> QuerySet[Milestone]:
    """`standing`: overdue, open, done, or empty for all."""
    rows = Milestone.objects.visible_to(person).select_related("branch", "team", "responsible", "done_by", "evidence")
    if standing == "overdue":
        rows = rows.overdue(today)
    elif standing == "open":
        rows = rows.open()
    elif standing == "done":
        rows = rows.exclude(done_on=None)
    return rows.order_by("due_on", "id")


def sheet_for(person: Person, sheet_id: int) -> TargetSheet:
    """One file of targets the person may see. Raises Unknown."""
    rows = TargetSheet.objects.visible_to(person).select_related("branch", "team", "file", "imported_by")
    found = rows.filter(pk=sheet_id).first()
    if found is None:
        raise Unknown("没有这份目标分解表,或不在您的查看范围内")
    return found


def former_shape(unit: Unit, year: int, metric: str, actual: Sequence[Decimal] = ()) -> list[Decimal]:
    """Last year's months of a unit: what was reached where it is known, else its targets of that year, else nought."""
    if any(actual):
        return list(actual)
    where = {unit.level.value: getattr(unit, unit.level)}
    former = Target.objects.of_year(unit.branch, year - 1).filter(metric=metric, level=unit.level, **where).first()
    return months_of([former.pk])[former.pk] if former is not None else [ZERO] * rules.MONTHS


def planning(person: Person, power: Power, code: str = "") -> tuple[Branch, QuerySet[Team], bool]:
    """Where the person may plan: the branch of that code (without one the first), its teams within reach, and whether the whole
    branch. Raises Unknown."""
    branch = chosen(branches_of(person, power), code)
    scope = reach(person, power)
    whole = scope.covers_branch(branch)
    teams = Team.objects.filter(branch=branch)
    of_groups = Group.objects.filter(pk__in=scope.groups).values("team")
    return branch, teams if whole else teams.filter(Q(pk__in=scope.teams) | Q(pk__in=of_groups)), whole
