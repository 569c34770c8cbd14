"""Pages of the tax modes: the year's list with who qualifies, the proposal, the second person's confirmation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from branch.org.models import Branch
from branch.people.access import reach
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown, allows
from kernel.ticked import ticked
from payroll.intake import access, actions, states, tax_modes
from payroll.intake.forms import ReasonForm, TaxModeForm, TaxYearForm
from payroll.intake.models import TaxMode

PLACE = "个税减除方式"


def _asked(request: PersonRequest, powers: tuple[Power, ...], data: Any) -> tuple[Branch, int, TaxYearForm]:
    form = TaxYearForm(data, person=request.person, powers=powers)
    if not form.is_valid():
        raise Unknown("没有这个营业部或年度")
    return form.cleaned_data["branch"], form.cleaned_data["year"], form


def _list_url(branch: Branch, year: int) -> str:
    return f"{reverse('payroll:tax-mode-list')}?branch={branch.code}&year={year}"


@door(*access.TAX_MODE_DOOR)
@require_GET
def tax_mode_list(request: PersonRequest) -> HttpResponse:
    """A year's modes, newest first a person, and for those who see pay who qualifies for 公告2020年第19号."""
    branch, year, form = _asked(request, access.TAX_MODE_DOOR, request.GET)
    rows = TaxMode.objects.visible_to(request.person).filter(branch=branch, tax_year=year)
    shown = rows.select_related("person", "branch", "proposed_by", "confirmed_by")
    proposes = allows(access.may_propose_tax_mode, request.person, branch)
    sees_pay = reach(request.person, Power.PAY_VIEW).covers_branch(branch)
    context = {
        "title": PLACE,
        "crumbs": [("薪酬与考核", ""), (PLACE, "")],
        "filters": form,
        "branch": branch,
        "year": year,
        "rows": [_row(request, one) for one in shown],
        "suggestions": tax_modes.lump_suggestions(branch, year) if proposes and sees_pay else [],
        "may_propose": proposes,
    }
    return render(request, "payroll/intake/tax_mode_list.html", context)


def _row(request: PersonRequest, mode: TaxMode) -> dict[str, Any]:
    pending = mode.state == states.PROPOSED
    return {
        "mode": mode,
        "may_confirm": pending and allows(access.may_confirm_tax_mode, request.person, mode),
        "may_return": pending and allows(access.may_return_tax_mode, request.person, mode),
    }


@door(Power.OPENING_IMPORT)
def tax_mode_propose(request: PersonRequest) -> HttpResponse:
    """One person's mode of the year, with reason and evidence."""
    posted = request.method == "POST"
    branch, year, _ = _asked(request, (Power.OPENING_IMPORT,), request.GET)
    form = TaxModeForm(request.POST if posted else None, branch=branch, year=year)
    refusal = None
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            mode = actions.propose_tax_mode(
                person=given["person"],
                branch=branch,
                tax_year=year,
                mode=given["mode"],
                reason=given["reason"],
                by=request.person,
            )
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"已提请{mode.person.name} {year} 年的减除方式。下一步:请另一位同事在本页确认")
            return redirect(_list_url(branch, year))
    context = {
        "title": f"提请 {year} 年个税减除方式",
        "crumbs": [("薪酬与考核", ""), (PLACE, _list_url(branch, year)), ("提请", "")],
        "form": form,
        "branch": branch,
        "back": _list_url(branch, year),
        "refusal": refusal,
    }
    return render(request, "payroll/intake/tax_mode_propose.html", context)


@door(Power.OPENING_IMPORT, when=access.sees_pay)
@require_POST
def tax_mode_suggested(request: PersonRequest) -> HttpResponse:
    """第19号 for the people ticked among the suggestions: what the list tells is pay."""
    branch, year, _ = _asked(request, (Power.OPENING_IMPORT,), request.POST)
    chosen = ticked(request.POST.getlist("ids"))
    found = actions.propose_lump(person_ids=chosen, branch=branch, tax_year=year, by=request.person)
    messages.success(request, f"已按19号公告提请 {len(found)} 人。下一步:请另一位同事在本页确认")
    return redirect(_list_url(branch, year))


@door(Power.OPENING_CONFIRM)
@require_POST
def tax_mode_confirm(request: PersonRequest, tax_mode_id: int) -> HttpResponse:
    mode = tax_modes.tax_mode(request.person, tax_mode_id)
    actions.confirm_tax_mode(tax_mode_id=mode.pk, by=request.person)
    messages.success(
        request, f"已确认{mode.person.name} {mode.tax_year} 年:{mode.get_mode_display()};已计算未送审的月份请重新计算"
    )
    return redirect(_list_url(mode.branch, mode.tax_year))


@door(Power.OPENING_CONFIRM, Power.OPENING_IMPORT)
@require_POST
def tax_mode_reject(request: PersonRequest, tax_mode_id: int) -> HttpResponse:
    mode = tax_modes.tax_mode(request.person, tax_mode_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.reject_tax_mode(tax_mode_id=mode.pk, reason=reason, by=request.person)
    messages.success(request, f"已退回{mode.person.name} {mode.tax_year} 年的减除方式")
    return redirect(_list_url(mode.branch, mode.tax_year))
