"""Who may propose, agree, and see who shares a client."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.roles import Power
from clients.registry.access import sees_clients
from kernel.refusals import Forbidden, Refusal
from teams.plans.division.models import DivisionProposal


def require_may_propose(person: Person, branch: Branch) -> None:
    """The team's leader for its clients, the branch's managers for all; which clients, the list of visible ones says."""
    if not reach(person, Power.PLAN_EDIT).touches_branch(branch):
        raise Forbidden(f"您没有权限在{branch.name}申请客户分工,请由团队负责人或经理办理", code="forbidden")


def require_may_answer(person: Person, row: DivisionProposal) -> None:
    """One of the two, once."""
    if person.pk not in (row.developer_id, row.service_person_id):
        raise Forbidden("这项分工由开发人和服务人本人确认", code="forbidden")
    agreed = row.developer_agreed_at if person.pk == row.developer_id else row.service_agreed_at
    if agreed is not None:
        raise Refusal("您已经同意,不需要再确认", code="already_agreed")


def require_maker(person: Person, row: DivisionProposal) -> None:
    """Who has made it changes it."""
    if person.pk != row.made_by_id:
        raise Forbidden(f"这份申请由{row.made_by.name}发起,只能由本人修改", code="forbidden")


def require_may_drop(person: Person, row: DivisionProposal) -> None:
    """Who has made it takes it back; the branch's managers may, too, so that no client waits for somebody who is gone."""
    if person.pk != row.made_by_id and not reach(person, Power.PLAN_EDIT).covers_branch(row.branch):
        raise Forbidden(f"这份申请由{row.made_by.name}发起,由本人或营业部经理撤回", code="forbidden")


def proposes(person: Person) -> bool:
    return holds(person, Power.PLAN_EDIT)


__all__ = ["proposes", "require_maker", "require_may_answer", "require_may_drop", "require_may_propose", "sees_clients"]
