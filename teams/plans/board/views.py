"""The page of a team's month."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.months import Month
from teams.plans.board import queries
from teams.plans.board.forms import BoardForm


@door(Power.PLAN_VIEW)
@require_GET
def board(request: PersonRequest) -> HttpResponse:
    """Everyone's month at a glance: the team, its groups, each person and why somebody is behind."""
    form, me = BoardForm(request.GET.dict()), request.person
    month = form.chosen_month
    form.data = {**form.data, "month": str(month)}
    form.offer(list(queries.teams_for(me, month)))
    team = form.chosen_team
    context: dict[str, Any] = {
        "title": f"团队看板 {month.label}",
        "crumbs": [("团队", ""), ("团队看板", "")],
        "filters": form,
        "month": month,
        "before": month.previous,
        "after": month.next if month < Month.of(timezone.localdate()) else None,
        "metrics": queries.PERSONAL,
    }
    if team is not None:
        found = queries.board_of(me, team, month)
        context |= {"team": team, "board": found, "title": f"{found.name}看板 {month.label}"}
    return render(request, "plans/board/board.html", context)
