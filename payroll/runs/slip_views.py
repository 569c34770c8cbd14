"""A person's pay on a page: the whole explanation for finance, the payslip for the person, on a phone first."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from branch.org.models import Company
from branch.parameters.rules import shown
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from payroll.runs import actions
from payroll.runs.models import PaySlip
from payroll.runs.payslip import arrears_of, payslip_of, reasons_of
from payroll.runs.queries import may_read_own, own_slip, own_slips, slip_for, successor_of, tax_chain
from payroll.runs.register import corrected_after, corrections_of

SECTION = ("薪酬与考核", "")


@require_GET
@door(Power.PAY_VIEW)
def slip_detail(request: PersonRequest, slip_id: int) -> HttpResponse:
    """Every line of a slip with its rule, inputs and sources, and the tax chain month by month."""
    slip = slip_for(request.person, slip_id)
    context = {
        "title": f"{slip.name}{slip.month.label}薪酬明细",
        "crumbs": [
            SECTION,
            ("薪酬月报", reverse("payroll:run-list")),
            (slip.run.number, reverse("payroll:run-detail", args=[slip.run_id])),
            (slip.name, ""),
        ],
        "slip": slip,
        "run": slip.run,
        "reasons": reasons_of(slip),
        "chain": tax_chain(slip),
        "successor": successor_of(slip),
        "sources": slip.facts["sources"],
        "corrections": corrections_of(slip),
        "lots": slip.carried_after["lots"],
        "arrears": arrears_of(slip),
        "parameters": [row | {"shown": shown(row["value"], row.get("unit", ""))} for row in slip.run.parameters],
    }
    return render(request, "payroll/runs/slip_detail.html", context)


@require_GET
@door()
def my_slips(request: PersonRequest) -> HttpResponse:
    """The person's own months."""
    slips = own_slips(request.person)
    corrected = corrected_after([slip.pk for slip in slips])
    context = {"title": "我的工资单", "crumbs": [SECTION, ("我的工资单", "")], "slips": slips, "corrected": corrected}
    return render(request, "payroll/runs/my_slips.html", context)


def _payslip(slip: PaySlip) -> dict[str, Any]:
    company = Company.objects.first()
    return {
        "slip": slip,
        "run": slip.run,
        "payslip": payslip_of(slip, payer=f"{company.name if company else ''}{slip.run.branch.name}"),
        "chain": tax_chain(slip),
        "successor": successor_of(slip),
    }


@require_GET
@door()
def my_slip(request: PersonRequest, slip_id: int) -> HttpResponse:
    """One own payslip with 为什么 on each line, and its confirmation."""
    slip = own_slip(request.person, slip_id)
    crumbs = [SECTION, ("我的工资单", reverse("payroll:my-slips")), (slip.month.label, "")]
    context = _payslip(slip) | {"title": f"{slip.month.label}工资单", "crumbs": crumbs, "corrections": corrections_of(slip)}
    return render(request, "payroll/runs/my_slip.html", context)


@require_POST
@door()
def my_slip_confirm(request: PersonRequest, slip_id: int) -> HttpResponse:
    """确认."""
    actions.confirm_slip(slip_id=slip_id, by=request.person)
    messages.success(request, "已确认")
    return redirect("payroll:my-slip", slip_id)


@require_GET
@door()
def slip_print(request: PersonRequest, slip_id: int) -> HttpResponse:
    """The payslip on A4, for the person and for finance."""
    slip = slip_for(request.person, slip_id)
    mine = slip.person_id == request.person.pk and may_read_own(slip)
    back = reverse("payroll:my-slip" if mine else "payroll:slip-detail", args=[slip.pk])
    context = _payslip(slip) | {"title": f"{slip.name}{slip.month.label}工资单", "back_url": back}
    return render(request, "payroll/runs/slip_print.html", context)
