"""个税计算 on a page: nothing is saved."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal
from payroll.runs import tax_sums
from payroll.runs.forms import BonusForm, CompensationForm, LabourForm, TaxSumForm
from payroll.runs.queries import slips_to_start_from
from payroll.runs.tax_sums import Answer, YearSoFar

FORMS: dict[str, tuple[str, type[TaxSumForm]]] = {
    "bonus": ("全年一次性奖金", BonusForm),
    "labour": ("劳务报酬", LabourForm),
    "severance": ("离职补偿", CompensationForm),
}


@require_GET
@door(Power.PAY_COMPUTE)
def tax_sum(request: PersonRequest) -> HttpResponse:
    """One single payment, of the kind asked for, with its steps."""
    kind = request.GET.get("kind", "")
    kind = kind if kind in FORMS else "bonus"
    asked = "amount" in request.GET
    form = FORMS[kind][1](request.GET if asked else None, person=request.person)
    context: dict[str, Any] = {
        "title": "个税计算",
        "crumbs": [("薪酬与考核", ""), ("个税计算", "")],
        "kinds": [(code, label, code == kind) for code, (label, _) in FORMS.items()],
        "kind": kind,
        "label": FORMS[kind][0],
        "form": form,
        "answer": None,
    }
    if asked and form.is_valid():
        try:
            context["answer"] = _answer(request, kind, form.cleaned_data, context)
        except Refusal as refusal:
            context["refusal"] = refusal
    return render(request, "payroll/runs/tax_sum.html", context)


def _answer(request: PersonRequest, kind: str, given: dict[str, Any], context: dict[str, Any]) -> Answer:
    amount, day = given["amount"], given["day"]
    if kind == "labour":
        return tax_sums.labour(amount, day)
    if kind == "severance":
        return tax_sums.compensation(amount, given["cap"], day)
    if given["who"]:
        so_far = tax_sums.last_slip(slips_to_start_from(request.person, given["who"], day.year), given["who"], day)
    else:
        so_far = YearSoFar(given["taxable"], given["withheld"])
    context["so_far"] = so_far
    return tax_sums.bonus(amount, so_far, day)
