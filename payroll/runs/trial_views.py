"""试算 on a page: nothing is saved."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown
from payroll.runs import access
from payroll.runs.forms import MonthForm, TrialForm
from payroll.runs.trial import try_month


@require_GET
@door(Power.PAY_COMPUTE)
def trial(request: PersonRequest) -> HttpResponse:
    """A month, or one person's, under other rules or figures, beside the real slips."""
    months = MonthForm(request.GET, person=request.person, power=Power.PAY_COMPUTE)
    if not months.is_valid():
        raise Unknown("没有这个营业部或月份")
    branch, month = months.cleaned_data["branch"], months.cleaned_data["month"]
    access.may_try(request.person, branch)
    asked = "try" in request.GET
    form = TrialForm(request.GET if asked else None, branch=branch, month=month)
    context = {
        "title": "试算",
        "crumbs": [("薪酬与考核", ""), ("试算", "")],
        "months": months,
        "form": form,
        "branch": branch,
        "month": month,
        "outcome": None,
    }
    if asked and form.is_valid():
        try:
            outcome = try_month(branch, month, form.what_if())
        except Refusal as refusal:
            context["refusal"] = refusal
        else:
            one = outcome.tried[0] if form.cleaned_data["person"] and outcome.tried else None
            context |= {"outcome": outcome, "gross": outcome.total("应发"), "net": outcome.total("实发"), "one": one}
    return render(request, "payroll/runs/trial.html", context)
