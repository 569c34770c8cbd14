"""转办席位: what nobody can sign, and handing it over."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from approvals.desk.act_forms import RerouteForm
from approvals.desk.strays import MOST, stray_of, stray_seats
from approvals.requests import actions
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal

TITLE = "转办席位"


def _crumbs(*more: tuple[str, str]) -> list[tuple[str, str]]:
    return [("审批中心", reverse("approvals:request-waiting")), (TITLE, reverse("approvals:stray-list")), *more]


@door(Power.ROLE_GRANT)
@require_GET
def stray_list(request: PersonRequest) -> HttpResponse:
    """The open seats that nobody can sign today."""
    context = {"title": TITLE, "crumbs": [*_crumbs()[:1], (TITLE, "")], "rows": stray_seats(), "most": MOST}
    return render(request, "approvals/desk/stray_list.html", context)


@door(Power.ROLE_GRANT)
def stray_reroute(request: PersonRequest, seat_id: int) -> HttpResponse:
    """转办 one of them to a named person. A refusal keeps what was typed."""
    stray = stray_of(seat_id)
    seat, row = stray.seat, stray.seat.request
    form, refusal = RerouteForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        (to,) = form.cleaned_data["to"]
        try:
            actions.reroute(request_id=row.pk, seat_id=seat.pk, to=to, reason=form.cleaned_data["reason"], by=request.person)
            messages.success(request, f"已转办:{row.number} 的“{seat.label}”由{to.name}签署")
            return redirect("approvals:stray-list")
        except Refusal as refused:
            refusal = refused
    context = {"title": f"转办:{row.number} {seat.label}", "crumbs": _crumbs((row.number, "")), "stray": stray, "form": form}
    failed = refusal is not None or bool(form.is_bound and form.errors)
    return render(request, "approvals/desk/stray_reroute.html", {**context, "refusal": refusal}, status=409 if failed else 200)
