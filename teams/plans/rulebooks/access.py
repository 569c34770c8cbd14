"""Who may write, send up, register and see rule documents."""

from __future__ import annotations

from branch.org.models import Branch, Team
from branch.people.access import holds, reach, require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal
from teams.plans.rulebooks import states
from teams.plans.rulebooks.models import RuleDocument

DOOR = (Power.PLAN_VIEW, Power.FILING_RECEIVE, Power.SCHEME_VIEW)


def require_may_write(person: Person, branch: Branch, team: Team | None) -> None:
    """A team's rules: its leader or the branch's managers; the whole branch's: the managers."""
    scope = reach(person, Power.PLAN_EDIT)
    if not (scope.covers_branch(branch) or (team is not None and team.pk in scope.teams)):
        raise Forbidden(f"您没有权限拟定{team.name if team else branch.name}的实施细则", code="forbidden")


def require_may_attach(person: Person, document: RuleDocument) -> None:
    """A draft's file is its writer's; a registered paper's, and a scan that an approved one still lacks, is 综合室's."""
    if document.state in states.OPEN:
        return require_may_write(person, document.branch, document.team)
    if document.state == states.REGISTERED or (document.state == states.APPROVED and document.file_id is None):
        return require(person, Power.FILING_RECEIVE, to="上传文件原件")
    raise Refusal(f"{document}现为“{document.get_state_display()}”,附件不能再换", code="fixed")


def require_may_register(person: Person) -> None:
    """已批准文件登记: 经纪业务综合室."""
    require(person, Power.FILING_RECEIVE, to="登记已批准的文件")


def require_may_check(person: Person, document: RuleDocument) -> None:
    """A second person: of 综合室, or who confirms pay schemes."""
    if not holds(person, Power.FILING_RECEIVE):
        require(person, Power.SCHEME_CONFIRM, branch=document.branch, to="复核文件登记")
    require_another(person, document.made_by, act="复核文件登记")


def sees_documents(person: Person) -> bool:
    return any(holds(person, power) for power in DOOR)
