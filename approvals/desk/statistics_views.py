"""审批统计."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from approvals.desk import statistics
from approvals.desk.forms import StatisticsFilter
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power


@door(Power.APPROVAL_STATISTICS)
@require_GET
def approval_statistics(request: PersonRequest) -> HttpResponse:
    """How long each stage takes, and who is late now: the company's, or one's own branch's."""
    filters = StatisticsFilter(request.GET or None)
    context = {
        "title": "审批统计",
        "crumbs": [("审批中心", reverse("approvals:request-waiting")), ("审批统计", "")],
        "filters": filters,
        "lines": statistics.place_lines(request.person, **filters.span()),
        "late": statistics.late_lines(request.person, timezone.now(), kind=filters.span()["kind"]),
        "most": statistics.MOST_SIGNATURES,
    }
    return render(request, "approvals/desk/statistics.html", context)
