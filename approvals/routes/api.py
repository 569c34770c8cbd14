from __future__ import annotations

from django.db.models import QuerySet

from approvals.routes.models import Route
from approvals.routes.serializers import RouteOut
from branch.people.roles import Power
from branch.rest.endpoints import get
from branch.rest.requests import ApiRequest
from kernel.refusals import Unknown


@get(RouteOut, Power.ROUTE_VIEW, many=True)
def route_list(request: ApiRequest) -> QuerySet[Route]:
    """审批流程的全部版本"""
    return Route.objects.select_related("branch")


@get(RouteOut, Power.ROUTE_VIEW)
def route_detail(request: ApiRequest, route_id: int) -> Route:
    """一个审批流程"""
    found = Route.objects.select_related("branch").filter(pk=route_id).first()
    if found is None:
        raise Unknown("没有这个审批流程", code="unknown")
    return found
