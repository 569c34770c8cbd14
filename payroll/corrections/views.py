"""The pages of reversals and corrections."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal
from payroll.corrections.actions import reversals
from payroll.runs.forms import ReasonForm
from payroll.runs.queries import run_for


@require_POST
@door(Power.PAY_CORRECT)
def run_reverse(request: PersonRequest, run_id: int) -> HttpResponse:
    """申请冲销."""
    run_for(request.person, run_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Refusal("请写明冲销的原因(200 字以内)")
    found = reversals.ask_reversal(run_id=run_id, reason=form.cleaned_data["reason"], by=request.person)
    messages.success(request, f"已申请冲销,申请 {found.approval.number};三级审批期间不能发放")
    return redirect("payroll:run-detail", run_id)
