from __future__ import annotations

from typing import Any

from django.utils import timezone

from approvals.routes import access, actions, queries
from approvals.routes.forms import RouteFilter
from approvals.routes.models import Route, RouteQuerySet
from approvals.routes.readiness import examine
from approvals.routes.serializers import (
    RouteComparisonOut,
    RouteConfirmGiven,
    RouteDraftGiven,
    RouteHeadGiven,
    RouteLineOut,
    RouteOut,
    RouteProposeGiven,
    RouteStagesGiven,
)
from branch.people.access import holds
from branch.people.queries import branch_by_code
from branch.people.reentry import password_entered
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from kernel.refusals import Unknown
from kernel.seen import stamp


def _shown(request: ApiRequest, pk: int) -> dict[str, Any]:
    route, today = queries.route_for(request.person, pk), timezone.localdate()
    found = examine(route, today) if holds(request.person, Power.ROUTE_EDIT) else None
    gaps = [] if found else queries.gaps_seen_by(request.person, today, route).get(route.pk, [])
    return {
        "route": route,
        "stages": route.stages,
        "copies": route.copies,
        "chasers": route.chasers,
        "steps": queries.route_steps(route),
        "digest": route.digest,
        "seen_head": stamp(actions.head_of(route)),
        "seen_stages": stamp(actions.stages_of(route)),
        "faults": list(found.faults) if found else [],
        "gaps": [gap.words for gap in (found.gaps if found else gaps)],
    }


@get(RouteLineOut, *access.ROUTE_DOOR, many=True, query=RouteFilter)
def route_list(request: ApiRequest) -> RouteQuerySet:
    """审批流程的全部版本"""
    rows: RouteQuerySet = request.form.narrow(queries.listed(request.person))
    return rows.filter(pk__in=queries.short_today(request.person)) if request.asked["short"] else rows


@get(RouteOut, *access.ROUTE_DOOR)
def route_detail(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """一个版本:数据、流程图、走不完的地方"""
    return _shown(request, route_id)


@get(RouteComparisonOut, *access.ROUTE_DOOR)
def route_compare(request: ApiRequest, route_id: int, other_route: int) -> dict[str, Any]:
    """同一类别的两个版本有何不同"""
    new, old = queries.route_for(request.person, route_id), queries.route_for(request.person, other_route)
    if new.kind != old.kind:
        raise Unknown("只能对比同一类别的流程", code="unknown")
    return {"old": old, "new": new, "differences": queries.compared(old, new)}


@post(RouteDraftGiven, RouteOut, Power.ROUTE_EDIT, status=201)
def route_draft(request: ApiRequest) -> dict[str, Any]:
    """拟定:新建草案,空白或以同类的一版为底"""
    given = request.given
    branch = branch_by_code(given["branch"]) if given["branch"] else None
    source = queries.route_for(request.person, given["source"]) if given["source"] else None
    made = {"kind": given["kind"], "branch": branch, "effective_from": given["effective_from"], "source": source}
    return _shown(request, actions.draft_route(by=request.person, **made).pk)


def _own(request: ApiRequest, route_id: int) -> Route:
    """The version by its number, or 404, before the body is looked at."""
    return queries.route_for(request.person, route_id)


@post(RouteHeadGiven, RouteOut, Power.ROUTE_EDIT)
def route_edit(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """修改草案的名称、日期、抄送、催办人"""
    route = _own(request, route_id)
    actions.edit_route(route_id=route.pk, by=request.person, **request.given)
    return _shown(request, route.pk)


@post(RouteStagesGiven, RouteOut, Power.ROUTE_EDIT)
def route_stages(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """改写草案的全部环节"""
    route = _own(request, route_id)
    actions.write_stages(route_id=route.pk, by=request.person, **request.given)
    return _shown(request, route.pk)


@post(RouteProposeGiven, RouteOut, Power.ROUTE_EDIT)
def route_propose(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """提交草案,由第二人确认"""
    route = _own(request, route_id)
    actions.propose_route(route_id=route.pk, aware=request.given["aware"], by=request.person)
    return _shown(request, route.pk)


@post(RouteConfirmGiven, RouteOut, Power.ROUTE_EDIT)
def route_confirm(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """第二人确认生效:须带上所见内容散列和登录密码"""
    route, given = _own(request, route_id), request.given
    reentered = password_entered(request._request, given["password"], undone="没有生效")
    actions.confirm_route(route_id=route.pk, seen_digest=given["seen_digest"], reentered=reentered, by=request.person)
    return _shown(request, route.pk)


@post(ReasonGiven, RouteOut, Power.ROUTE_EDIT)
def route_return(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """第二人退回为草案"""
    route = _own(request, route_id)
    actions.return_route(route_id=route.pk, reason=request.given["reason"], by=request.person)
    return _shown(request, route.pk)


@post(None, RouteOut, Power.ROUTE_EDIT)
def route_withdraw(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """拟稿人撤回提交"""
    return _shown(request, actions.withdraw_route(route_id=_own(request, route_id).pk, by=request.person).pk)


@post(None, RouteOut, Power.ROUTE_EDIT)
def route_drop(request: ApiRequest, route_id: int) -> dict[str, Any]:
    """作废草案"""
    return _shown(request, actions.drop_route(route_id=_own(request, route_id).pk, by=request.person).pk)
