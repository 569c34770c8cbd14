"""The routes with their versions, and one drawn."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from approvals.routes import queries
from approvals.routes.models import Route
from approvals.routes.register import label_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Unknown


@door(Power.ROUTE_VIEW)
@require_GET
def route_list(request: PersonRequest) -> HttpResponse:
    """All routes with their versions."""
    rows = Route.objects.select_related("branch")
    shown = [(route, label_of(route.kind), " → ".join(step.label for step in queries.route_steps(route))) for route in rows]
    return render(request, "approvals/routes/route_list.html", {"title": "审批流程", "rows": shown})


@door(Power.ROUTE_VIEW)
@require_GET
def route_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """One route, drawn."""
    route = Route.objects.select_related("branch").filter(pk=pk).first()
    if route is None:
        raise Unknown("没有这个审批流程", code="unknown")
    context = {
        "title": route.name,
        "crumbs": [("审批流程", reverse("approvals:route-list")), (route.name, "")],
        "route": route,
        "kind_label": label_of(route.kind),
        "steps": queries.route_steps(route),
        "open_requests": route.requests.filter(ended_at=None).count(),
    }
    return render(request, "approvals/routes/route_detail.html", context)
