"""审批统计."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from approvals.desk import statistics
from approvals.desk.forms import day_begins
from approvals.requests.kinds import all_kinds
from branch.people.access import reach
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power

SPAN = timedelta(days=90)


class StatisticsFilter(forms.Form):
    """类别 and the days between which the signatures were given; the last 90 days where none is said."""

    kind = forms.ChoiceField(label="类别", required=False)
    since = forms.DateField(label="签署日自", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label="签署日至", required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "全部"), *((k.code, k.label) for k in all_kinds())]  # type: ignore[attr-defined]

    def span(self) -> dict[str, Any]:
        """What statistics.place_lines takes; a filter that can't be read is none."""
        chosen = self.cleaned_data if self.is_valid() else {}
        until = chosen.get("until") or timezone.localdate()
        since = chosen.get("since") or until - SPAN
        return {"since": day_begins(since), "until": day_begins(until + timedelta(1)), "kind": chosen.get("kind", "")}


@door(Power.APPROVAL_STATISTICS)
@require_GET
def approval_statistics(request: PersonRequest) -> HttpResponse:
    """How long each stage takes, and who is late now: the company's, or one's own branch's."""
    filters, reached = StatisticsFilter(request.GET or None), reach(request.person, Power.APPROVAL_STATISTICS)
    context = {
        "title": "审批统计",
        "crumbs": [("审批中心", reverse("approvals:request-waiting")), ("审批统计", "")],
        "filters": filters,
        "lines": statistics.place_lines(reached, **filters.span()),
        "late": statistics.late_lines(reached, timezone.now()),
        "most": statistics.MOST_SIGNATURES,
    }
    return render(request, "approvals/desk/statistics.html", context)
