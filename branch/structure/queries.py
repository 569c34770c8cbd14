from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from branch.org.models import Branch, Company, Department, Group, Outlet, Team
from branch.people.models import Engagement, Leadership, Person, Posting
from branch.people.queries import branches_visible_to, current
from branch.people.roles import Power
from branch.structure.access import may_change_leader
from kernel.refusals import Unknown

MODELS: dict[str, Any] = {
    "company": Company,
    "department": Department,
    "branch": Branch,
    "team": Team,
    "group": Group,
    "outlet": Outlet,
}
PARENTS: dict[str, tuple[str, Any]] = {"team": ("branch", Branch), "outlet": ("branch", Branch), "group": ("team", Team)}


@dataclass(frozen=True)
class TeamLine:
    """A team as of a day: who leads it and its groups, how many people."""

    team: Team
    leader: Person | None
    groups: list[tuple[Group, Person | None]]
    people: int
    preparing: bool


def branch_visible_to(person: Person, branch_id: int) -> Branch:
    """The branch, if the person may look at its organisation. Raises Unknown."""
    found = branches_visible_to(person, Power.ORG_VIEW).filter(pk=branch_id).first()
    if found is None:
        raise Unknown("没有这个营业部,或者不在您可以查看的范围内")
    return found


def unit(kind: str, unit_id: int) -> Any:
    """One unit of `kind`. Raises Unknown."""
    found = MODELS[kind].objects.filter(pk=unit_id).first() if kind in MODELS else None
    if found is None:
        raise Unknown("组织中没有这一项")
    return found


def new_unit(kind: str, parent_id: str) -> Any:
    """An unsaved unit of `kind` under its parent. Raises Unknown for a parent that isn't there."""
    if kind not in MODELS or kind == "company":
        raise Unknown("不能新建这一项")
    if kind not in PARENTS:
        return MODELS[kind]()
    field, parent = PARENTS[kind]
    above = parent.objects.filter(pk=parent_id).first() if parent_id.isdecimal() else None
    if above is None:
        raise Unknown("请从所属营业部或团队的页面新建")
    fresh = {"opened_on": timezone.localdate(), "begun_on": None} if kind == "team" else {}
    return MODELS[kind](**{field: above}, **fresh)


def team_visible_to(person: Person, team_id: int) -> Team:
    """A team of a branch whose organisation the person may look at. Raises Unknown."""
    branches = branches_visible_to(person, Power.ORG_VIEW)
    found = Team.objects.filter(pk=team_id, branch__in=branches).select_related("branch").first()
    if found is None:
        raise Unknown("没有这个团队,或者不在您可以查看的范围内")
    return found


def led_unit(person: Person, kind: str, unit_id: int) -> Team | Group:
    """The team or group whose leader this person may change. Raises Unknown."""
    found = MODELS[kind].objects.filter(pk=unit_id).first() if kind in ("team", "group") else None
    branch = found.team.branch if isinstance(found, Group) else found.branch if isinstance(found, Team) else None
    if branch is None or not may_change_leader(person, branch):
        raise Unknown("没有这个团队或小组,或者您不能更换它的负责人")
    return cast("Team | Group", found)


def candidates(unit: Team | Group) -> QuerySet[Person]:
    """Employees who work in the unit, now or from a later day; the act looks at the day itself."""
    field = "group" if isinstance(unit, Group) else "team"
    posted = Posting.objects.filter(effective_to=None, **{field: unit}).values("person")
    employed = Engagement.objects.filter(ended_on=None, kind=Engagement.Kind.EMPLOYEE).values("person")
    return Person.objects.filter(pk__in=posted).filter(pk__in=employed)


def leaders_of(unit: Team | Group) -> QuerySet[Leadership]:
    """Who led just this unit from when to when, newest first."""
    of = Q(group=unit) if isinstance(unit, Group) else Q(team=unit, group=None)
    return Leadership.objects.filter(of).select_related("person").order_by("-effective_from")


def teams_on(branch: Branch, day: date) -> list[TeamLine]:
    """The branch's teams on `day`: three queries however many there are."""
    leaders = {
        (row.team_id, row.group_id): row.person
        for row in Leadership.objects.filter(current(day), team__branch=branch).select_related("person")
    }
    posted = Count("postings", filter=current(day, "postings__"))
    teams = branch.teams.filter(Q(closed_on=None) | Q(closed_on__gte=day)).annotate(people=posted).prefetch_related("groups")
    return [
        TeamLine(
            team,
            leaders.get((team.pk, None)),
            [(group, leaders.get((team.pk, group.pk))) for group in team.groups.all()],
            team.people,
            not team.has_begun(day),
        )
        for team in teams
    ]


def leadership_history(branch: Branch) -> QuerySet[Leadership]:
    """Who led what from when to when, newest first."""
    rows = Leadership.objects.filter(team__branch=branch).select_related("team", "group", "person")
    return rows.order_by("team", "group", "-effective_from")
