"""Whose board one sees: the own team's or group's, or that of every team of the own branch."""

from __future__ import annotations

from branch.org.models import Group, Team
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.roles import Power


def sees_board(person: Person) -> bool:
    return holds(person, Power.PLAN_VIEW)


def own_groups(person: Person, team: Team) -> frozenset[int] | None:
    """The groups to which the person's view of the team is bound; None: the whole team."""
    scope = reach(person, Power.PLAN_VIEW)
    if scope.company or team.branch_id in scope.branches or team.pk in scope.teams:
        return None
    return scope.groups


def sees_expenses_of(person: Person, team: Team) -> bool:
    scope = reach(person, Power.EXPENSE_VIEW)
    return scope.company or team.branch_id in scope.branches or team.pk in scope.teams


def bound_to(groups: frozenset[int] | None, group: Group | int | None) -> bool:
    """Whether somebody of that group is in such a view."""
    pk = group.pk if isinstance(group, Group) else group
    return groups is None or pk in groups
