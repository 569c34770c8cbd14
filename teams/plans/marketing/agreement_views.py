"""Pages of cooperation agreements: every outlet with the agreement that covers today, or the lack of one; each agreement."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from branch.files.responses import attachment
from branch.org.models import Branch, Outlet
from branch.overtaken import SEEN, confront
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import chosen_branch
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken
from teams.plans.marketing import access, actions, queries, states
from teams.plans.marketing.forms import AgreementForm
from teams.plans.marketing.models import CooperationAgreement
from teams.plans.marketing.standing import agreement_standing
from teams.plans.marketing.views import crumbs

AGREEMENTS = ("银行合作方案", "plans:agreement-list")


@door(Power.PLAN_VIEW)
@require_GET
def agreement_list(request: PersonRequest) -> HttpResponse:
    """The outlets of a branch first, those without a valid agreement marked; then every agreement."""
    branches, today = branches_of(request.person, Power.PLAN_VIEW), timezone.localdate()
    branch = chosen_branch(request, branches)
    rows = queries.agreements_for(request.person, branch=branch).marked()
    if asks_total(request):
        return rows_total(request, rows)
    page = keyset_of(request, rows, order=["outlet_id", "-valid_to"], size=50)
    context = {
        "title": "银行合作方案",
        "crumbs": crumbs(("银行合作方案", "")),
        "branches": branches,
        "branch": branch,
        "outlets": queries.outlets_with_agreements(request.person, branch, today),
        "rows": [{"row": row, "standing": agreement_standing(row, today)} for row in page],
        "page": page,
        "may_enter": allows(access.require_may_keep_agreements, request.person, branch),
    }
    return render(request, "plans/marketing/agreement_list.html", context)


@door(Power.PLAN_VIEW)
@require_GET
def agreement_detail(request: PersonRequest, agreement_id: int) -> HttpResponse:
    """One agreement with its paper, and everything it was corrected by."""
    return detail_page(request, queries.agreement_for(request.person, agreement_id))


def detail_page(request: PersonRequest, row: CooperationAgreement, refusal: Refusal | None = None) -> HttpResponse:
    """The page of one agreement; what waits for confirmation is decided on it."""
    me, corrections = request.person, queries.corrections_for(request.person).filter(agreement=row)
    may_keep = allows(access.require_may_keep_agreements, me, row.branch)
    waiting = [one for one in corrections if one.state == states.PROPOSED]
    context = {
        "title": f"{row.outlet.name}:{row}",
        "crumbs": crumbs(AGREEMENTS, (str(row), "")),
        "row": row,
        "standing": agreement_standing(row, timezone.localdate()),
        "corrections": [
            {
                "row": one,
                "own": one.proposed_by_id == me.pk,
                "may_confirm": one in waiting and allows(access.require_may_confirm, me, one),
                "may_decline": one in waiting and may_keep,
            }
            for one in corrections
        ],
        "may_change": may_keep and not row.signed,
        "may_correct": may_keep and row.signed and not waiting,
        "refusal": refusal,
    }
    return render(request, "plans/marketing/agreement_detail.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def agreement_new(request: PersonRequest) -> HttpResponse:
    """Enter an agreement of an outlet of the branch named."""
    branches = branches_of(request.person, Power.PLAN_EDIT)
    branch = chosen_branch(request, branches)
    outlets = Outlet.objects.filter(branch=branch, closed_on=None)
    posted = request.method == "POST"
    initial = {"outlet": request.GET.get("outlet", "")}
    form = AgreementForm(request.POST if posted else None, request.FILES if posted else None, outlets=outlets, initial=initial)
    refusal: Refusal | None = None
    if posted and form.is_valid():
        try:
            row = actions.enter_agreement(**form.given, by=request.person)
            messages.success(request, f"已登记{row.outlet.name}的{row}")
            return redirect(_list_url(row.branch))
        except Refusal as refused:
            refusal = refused
    action = f"{reverse('plans:agreement-new')}?branch={branch.code}"
    return form_page(request, form, refusal, "登记银行合作方案", branch=branch, branches=branches, action=action)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def agreement_edit(request: PersonRequest, agreement_id: int) -> HttpResponse:
    """Change an agreement, or say that it is signed; one that is signed is corrected."""
    row = queries.agreement_for(request.person, agreement_id)
    access.require_may_keep_agreements(request.person, row.branch)
    posted = request.method == "POST"
    if row.signed and not posted:
        return redirect("plans:agreement-correct", row.pk)
    form = AgreementForm(request.POST if posted else None, request.FILES if posted else None, row=row)
    refusal: Refusal | None = None
    if posted and form.is_valid():
        try:
            actions.change_agreement(agreement_id=row.pk, **form.given, by=request.person, seen=form.cleaned_data[SEEN])
            messages.success(request, f"已保存{row.outlet.name}的{row}")
            return redirect(_list_url(row.branch))
        except Overtaken as overtaken:
            present = AgreementForm(row=queries.agreement_for(request.person, agreement_id))
            refusal = confront(overtaken, form, present, subject=row._meta.label, subject_id=str(row.pk))
        except Refusal as refused:
            refusal = refused
    return form_page(request, form, refusal, f"{row.outlet.name}:{row}", branch=row.branch)


def _list_url(branch: Branch) -> str:
    return f"{reverse('plans:agreement-list')}?branch={branch.code}"


def form_page(
    request: PersonRequest, form: AgreementForm, refusal: Refusal | None, title: str, *, branch: Branch, **more: Any
) -> HttpResponse:
    context = {
        "title": title,
        "crumbs": crumbs(AGREEMENTS, (title, "")),
        "form": form,
        "refusal": refusal,
        "branch": branch,
        "back": _list_url(branch),
        "submit": "保存",
        **more,
    }
    return render(request, "plans/marketing/agreement_form.html", context, status=409 if refusal else 200)


@door(Power.PLAN_VIEW)
@require_GET
def agreement_file(request: PersonRequest, agreement_id: int) -> HttpResponse:
    """The signed paper, always as an attachment; that it leaves is logged."""
    return attachment(*actions.open_paper(agreement_id=agreement_id, by=request.person))
