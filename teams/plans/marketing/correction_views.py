"""Pages of what a signed agreement is corrected by: said by one person, confirmed or declined by another."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.files.responses import attachment
from branch.overtaken import SEEN, confront
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal
from kernel.seen import Overtaken
from teams.plans.marketing import access, actions, queries
from teams.plans.marketing.agreement_views import detail_page, form_page
from teams.plans.marketing.forms import AgreementForm, CorrectionForm


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def agreement_correct(request: PersonRequest, agreement_id: int) -> HttpResponse:
    """更正: how a signed agreement should be. It stays as it is until a second person confirms."""
    row = queries.agreement_for(request.person, agreement_id)
    access.require_may_keep_agreements(request.person, row.branch)
    posted = request.method == "POST"
    form = CorrectionForm(request.POST if posted else None, request.FILES if posted else None, row=row)
    refusal: Refusal | None = None
    if posted and form.is_valid():
        try:
            actions.propose_correction(agreement_id=row.pk, **form.given, by=request.person, seen=form.cleaned_data[SEEN])
            messages.success(request, "已提出更正。下一步:请另一位团队负责人或经理在本页核对后确认,确认以前合作方案不变")
            return redirect(row)
        except Overtaken as overtaken:
            present = AgreementForm(row=queries.agreement_for(request.person, agreement_id))
            refusal = confront(overtaken, form, present, subject=row._meta.label, subject_id=str(row.pk))
        except Refusal as refused:
            refusal = refused
    title, more = f"更正{row.outlet.name}的{row}", {"back": row.get_absolute_url(), "submit": "提出更正", "corrects": True}
    return form_page(request, form, refusal, title, branch=row.branch, **more)


@door(Power.PLAN_EDIT)
@require_POST
def correction_confirm(request: PersonRequest, correction_id: int) -> HttpResponse:
    """The second person's yes."""
    found = queries.correction_for(request.person, correction_id)
    try:
        row = actions.confirm_correction(correction_id=found.pk, by=request.person)
    except Forbidden:
        raise
    except Refusal as refused:
        return detail_page(request, queries.agreement_for(request.person, found.agreement_id), refused)
    messages.success(request, f"已确认更正,{row.outlet.name}的合作方案现为 {row};原协议文件留在本页")
    return redirect(row)


@door(Power.PLAN_EDIT)
@require_POST
def correction_decline(request: PersonRequest, correction_id: int) -> HttpResponse:
    """不采纳, or 撤回 of the own."""
    found = queries.correction_for(request.person, correction_id)
    try:
        actions.decline_correction(correction_id=found.pk, reason=request.POST.get("reason", ""), by=request.person)
    except Forbidden:
        raise
    except Refusal as refused:
        return detail_page(request, queries.agreement_for(request.person, found.agreement_id), refused)
    messages.info(request, "这项更正没有采纳,合作方案照旧;原因留在记录里")
    return redirect(found.agreement)


@door(Power.PLAN_VIEW)
@require_GET
def correction_file(request: PersonRequest, correction_id: int) -> HttpResponse:
    """The paper that a correction brings, always as an attachment; that it leaves is logged."""
    return attachment(*actions.open_correction_paper(correction_id=correction_id, by=request.person))


@door(Power.PLAN_VIEW)
@require_GET
def correction_former_file(request: PersonRequest, correction_id: int) -> HttpResponse:
    """The paper that was signed before it, in the same way."""
    return attachment(*actions.open_former_paper(correction_id=correction_id, by=request.person))
