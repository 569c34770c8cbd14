"""Pages of marketing plans: the list with who is overdue, one plan, writing it, sending it up, taking it back, summing it up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.requests import access as approvals
from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.access import holds
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import chosen_branch
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken
from teams.plans.marketing import access, actions, queries, signing, states
from teams.plans.marketing.forms import NewPlanForm, PlanFilter, PlanForm, SummaryForm
from teams.plans.marketing.models import MarketingPlan
from teams.plans.marketing.standing import countersigning, standing_of

PLANS = ("营销方案", "plans:plan-list")


def crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    """Where the page is: 团队, then each label with its address or url name."""
    return [("团队", ""), *((label, reverse(name) if name.startswith("plans:") else name) for label, name in pages)]


@door(Power.PLAN_VIEW)
@require_GET
def plan_list(request: PersonRequest) -> HttpResponse:
    """The plans by year, and above them the teams that are overdue."""
    form, today = PlanFilter(request.GET), timezone.localdate()
    page = page_of(request, queries.plans_for(request.person, **form.chosen))
    signing_now = countersigning(list(page))
    year = form.chosen["year"] or today.year
    context = {
        "title": "年度营销方案",
        "crumbs": crumbs(("营销方案", "")),
        "filters": form,
        "page": page,
        "rows": [
            {"plan": plan, "standing": standing_of(plan, today, countersigning=plan.approval_id in signing_now)} for plan in page
        ],
        "year": year,
        "overdue": list(queries.teams_without_plan(request.person, year, today)[:50]),
        "may_write": holds(request.person, Power.PLAN_EDIT),
    }
    return render(request, "plans/marketing/plan_list.html", context)


@door(Power.PLAN_VIEW)
@require_GET
def plan_detail(request: PersonRequest, plan_id: int) -> HttpResponse:
    """One plan with what may be done with it now."""
    return _detail(request, queries.plan_for(request.person, plan_id))


def _detail(request: PersonRequest, plan: MarketingPlan, *, form: SummaryForm | None = None, refusal: Any = None) -> HttpResponse:
    today, me = timezone.localdate(), request.person
    may_write = allows(access.require_may_write, me, plan.team)
    asked = plan.approval
    context = {
        **signing.shown(plan),
        "title": str(plan),
        "crumbs": crumbs(PLANS, (str(plan), "")),
        "standing": standing_of(plan, today, countersigning=bool(countersigning([plan]))),
        "may_edit": may_write and plan.editable,
        "may_send": may_write and plan.editable and plan.state != states.REJECTED,
        "may_withdraw": asked is not None
        and plan.state in (states.APPROVING, states.RETURNED)
        and allows(approvals.require_withdrawable, me, asked),
        "may_summarise": may_write and plan.state == states.APPROVED and (today.year, today.month) >= (plan.year, 12),
        "summary_form": form or SummaryForm(),
        "refusal": refusal,
    }
    return render(request, "plans/marketing/plan_detail.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def plan_new(request: PersonRequest) -> HttpResponse:
    """Begin a plan of a team of the branch named, and of a year."""
    branches = branches_of(request.person, Power.PLAN_EDIT)
    branch = chosen_branch(request, branches)
    form = NewPlanForm(request.POST or None, teams=queries.teams_to_write_for(request.person).filter(branch=branch))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            plan = actions.draft_plan(team=given["team"], year=given["year"], content=form.content, by=request.person)
            messages.success(request, f"已保存{plan}的草稿,核对后报批")
            return redirect(plan)
        except Refusal as refused:
            refusal = refused
    place = {"branch": branch, "branches": branches, "action": f"{reverse('plans:plan-new')}?branch={branch.code}"}
    back = reverse("plans:plan-list")
    return _form(request, form, refusal, title="拟定营销方案", back=back, way=(PLANS, ("拟定", "")), **place)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def plan_edit(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Change a plan that is not on its way; the second of two editors sees both versions."""
    plan = queries.plan_for(request.person, plan_id)
    access.require_may_write(request.person, plan.team)
    states.PLAN.after(plan.state, "edit")
    form = PlanForm(request.POST or None, plan=plan)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data[SEEN]
            actions.edit_plan(plan_id=plan.pk, content=form.content, by=request.person, seen=seen)
            messages.success(request, f"已保存{plan}")
            return redirect(plan)
        except Overtaken as overtaken:
            present = PlanForm(plan=queries.plan_for(request.person, plan_id))
            refusal = confront(overtaken, form, present, subject=plan._meta.label, subject_id=str(plan.pk))
        except Refusal as refused:
            refusal = refused
    way = (PLANS, (str(plan), plan.get_absolute_url()), ("修改", ""))
    return _form(request, form, refusal, title=f"修改{plan}", back=plan.get_absolute_url(), way=way)


def _form(
    request: PersonRequest,
    form: PlanForm,
    refusal: Refusal | None,
    *,
    title: str,
    back: str,
    way: tuple[tuple[str, str], ...],
    **place: Any,
) -> HttpResponse:
    context = {
        "title": title,
        "crumbs": crumbs(*way),
        "form": form,
        "refusal": refusal,
        "back": back,
        "month_numbers": range(1, 13),
        **place,
    }
    return render(request, "plans/marketing/plan_form.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_POST
def plan_send(request: PersonRequest, plan_id: int) -> HttpResponse:
    """报批, or send up again."""
    plan = queries.plan_for(request.person, plan_id)
    try:
        sent = actions.send_up(plan_id=plan.pk, by=request.person)
    except Refusal as refused:
        return _detail(request, plan, refusal=refused)
    messages.success(request, f"{plan}已报批,可以随时查看审批进度")
    return redirect(sent.approval or plan)


@door(Power.PLAN_EDIT)
@require_POST
def plan_withdraw(request: PersonRequest, plan_id: int) -> HttpResponse:
    """撤回."""
    plan = queries.plan_for(request.person, plan_id)
    try:
        actions.take_back(plan_id=plan.pk, reason=request.POST.get("reason", ""), by=request.person)
    except Refusal as refused:
        return _detail(request, plan, refusal=refused)
    messages.info(request, f"已撤回{plan},改好后可以重新报批")
    return redirect(plan)


@door(Power.PLAN_EDIT)
@require_POST
def plan_summarise(request: PersonRequest, plan_id: int) -> HttpResponse:
    """年度总结."""
    plan, form = queries.plan_for(request.person, plan_id), SummaryForm(request.POST)
    if not form.is_valid():
        return _detail(request, plan, form=form)
    try:
        actions.summarise(plan_id=plan.pk, text=form.cleaned_data["text"], by=request.person)
    except Refusal as refused:
        return _detail(request, plan, form=form, refusal=refused)
    messages.success(request, f"已写入{plan}的年度总结")
    return redirect(plan)
