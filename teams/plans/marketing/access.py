"""Who may see, write and send up marketing plans and cooperation agreements: the team's leader and the branch's managers."""

from __future__ import annotations

from branch.org.models import Branch, Team
from branch.people.access import holds, reach, require_another
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden
from teams.plans.marketing.models import AgreementCorrection


def sees_plans(person: Person) -> bool:
    return holds(person, Power.PLAN_VIEW)


def require_may_write(person: Person, team: Team) -> None:
    """Write, send up and sum up the plan of a team."""
    scope = reach(person, Power.PLAN_EDIT)
    if not (scope.company or team.branch_id in scope.branches or team.pk in scope.teams):
        raise Forbidden(f"{team.name}的营销方案由团队负责人或营业部经理编制,您没有权限", code="forbidden")


def require_may_keep_agreements(person: Person, branch: Branch) -> None:
    """Enter and change the agreements of a branch's outlets: its managers and team leaders."""
    if not reach(person, Power.PLAN_EDIT).touches_branch(branch):
        raise Forbidden(f"您没有权限登记{branch.name}的银行合作方案", code="forbidden")


def require_may_confirm(person: Person, correction: AgreementCorrection) -> None:
    """A correction of a signed agreement: another of those who keep the branch's agreements."""
    require_may_keep_agreements(person, correction.agreement.branch)
    require_another(person, correction.proposed_by, act="合作方案的更正", power=Power.PLAN_EDIT)
