"""Who may see, add and void a team's expenses: the team's leader and the branch's finance; the managers look on."""

from __future__ import annotations

from branch.org.models import Team
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden
from teams.plans.expenses.models import ExpenseNote


def sees_expenses(person: Person) -> bool:
    return holds(person, Power.EXPENSE_VIEW)


def records_expenses(person: Person) -> bool:
    return holds(person, Power.EXPENSE_RECORD)


def require_may_record(person: Person, team: Team) -> None:
    """Add an expense of the team, or void one."""
    scope = reach(person, Power.EXPENSE_RECORD)
    if not (scope.company or team.branch_id in scope.branches or team.pk in scope.teams):
        raise Forbidden(f"{team.name}的费用由团队负责人或营业部财务登记和作废,您没有权限", code="forbidden")


def require_may_answer(person: Person, note: ExpenseNote) -> None:
    if note.team_id not in reach(person, Power.EXPENSE_RECORD).teams:
        raise Forbidden(f"{note.team.name}的费用超限说明由团队负责人填写", code="forbidden")
