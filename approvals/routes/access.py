"""Who may write a route, and who may put it in force."""

from __future__ import annotations

from approvals.routes.models import Route
from branch.people.access import holds, require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal

ROUTE_DOOR = (Power.ROUTE_VIEW, Power.ROUTE_EDIT)


def require_edit(person: Person) -> None:
    """渠道管理部 writes routes, the company's and a branch's own alike."""
    require(person, Power.ROUTE_EDIT, to="修改审批流程")


def require_second(person: Person, route: Route, *, act: str = "确认审批流程") -> None:
    """Neither who sent it up nor anybody who wrote at it, nor a delegate of theirs."""
    require(person, Power.ROUTE_EDIT, to=act)
    for maker in [route.proposed_by, *route.drafters.all()]:
        require_another(person, maker, act=act, power=Power.ROUTE_EDIT)


def require_maker(person: Person, route: Route) -> None:
    """Who sent it up or wrote at it takes it back."""
    require_edit(person)
    if route.proposed_by_id != person.pk and person not in route.drafters.all():
        raise Refusal("这一版由别的同事提交,不能代为撤回;不同意请写明原因退回", code="not_maker")


def sees_routes(person: Person) -> bool:
    return any(holds(person, power) for power in ROUTE_DOOR)
