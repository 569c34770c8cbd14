"""Pages of 部门收入目标: each period with its parts and the gap, the draft, its taking effect by a second person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.org.models import Branch
from branch.overtaken import SEEN, confront
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken, stamp
from teams.plans.targets import access, actions, queries, rules, states
from teams.plans.targets.actions.incomes import shown_income
from teams.plans.targets.forms import WAN, IncomeForm, PlaceForm
from teams.plans.targets.models import IncomePlan
from teams.plans.targets.views import crumbs

INCOME = "部门收入目标"


@door(Power.PLAN_VIEW)
@require_GET
def income_list(request: PersonRequest) -> HttpResponse:
    """A year's income by department, period by period, every version."""
    form = PlaceForm(request.GET, person=request.person)
    branch, year = form.chosen_branch, form.chosen_year
    plans = queries.income_plans(request.person, branch, year)
    may_plan = allows(access.require_may_plan_income, request.person, branch)
    context = {
        "title": f"{year}年部门收入目标",
        "crumbs": crumbs((INCOME, "")),
        "filters": form,
        "branch": branch,
        "year": year,
        "plans": [(plan, _gap(plan)) for plan in plans],
        "may_plan": may_plan,
        "new_url": f"{reverse('plans:income-edit')}?branch={branch.code}&year={year}",
    }
    return render(request, "plans/targets/income_list.html", context)


def _list_url(branch: Branch, year: int) -> str:
    return f"{reverse('plans:income-list')}?branch={branch.code}&year={year}"


def _gap(plan: IncomePlan) -> Any:
    return rules.income_gap(plan.total, [part.amount for part in plan.parts.all()])


@door(Power.TARGET_SET)
@require_http_methods(["GET", "POST"])
def income_edit(request: PersonRequest) -> HttpResponse:
    """The draft of a period; `?period=` opens that period's."""
    place = PlaceForm(request.GET, person=request.person)
    branch, year = place.chosen_branch, place.chosen_year
    access.require_may_plan_income(request.person, branch)
    period = request.POST.get("period") or request.GET.get("period") or IncomePlan.Period.YEAR

    def blank(data: Any = None) -> IncomeForm:
        rows = IncomePlan.objects.filter(branch=branch, year=year, period=period).prefetch_related("parts")
        draft = rows.filter(state=states.DRAFT).first()
        shown = draft or rows.filter(state=states.IN_FORCE).first()
        return IncomeForm(data, plan=shown, initial={SEEN: stamp(shown_income(draft)), "period": period})

    form = blank(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            plan = actions.save_income(
                branch=branch,
                year=year,
                period=given["period"],
                total=given["total"] * WAN,
                parts=form.parts,
                reason=given["reason"],
                by=request.person,
                seen=given[SEEN],
            )
            messages.success(request, f"已保存{plan}(草案),由另一位同事确认后生效")
            return redirect("plans:income-detail", plan.pk)
        except Overtaken as overtaken:
            rows = IncomePlan.objects.filter(branch=branch, year=year, period=period, state=states.DRAFT)
            refusal = confront(
                overtaken,
                form,
                blank(),
                subject=IncomePlan._meta.label,
                subject_id=str(rows.values_list("pk", flat=True).first()),
            )
        except Refusal as refused:
            refusal = refused
    back = _list_url(branch, year)
    context = {
        "title": f"填写{branch.name}{year}年部门收入目标",
        "crumbs": crumbs((INCOME, back), ("填写", "")),
        "form": form,
        "refusal": refusal,
        "back": back,
    }
    return render(request, "plans/targets/income_edit.html", context)


@door(Power.PLAN_VIEW)
@require_GET
def income_detail(request: PersonRequest, plan_id: int) -> HttpResponse:
    """One version: the total, its parts, what is missing."""
    plan = queries.income_plan_for(request.person, plan_id)
    draft = plan.state == states.DRAFT
    gap = _gap(plan)
    may_plan = draft and allows(access.require_may_plan_income, request.person, plan.branch)
    context = {
        "title": str(plan),
        "crumbs": crumbs((INCOME, _list_url(plan.branch, plan.year)), (str(plan.get_period_display()), "")),
        "plan": plan,
        "gap": gap,
        "chart": _chart(plan),
        "seen": stamp(shown_income(plan)),
        "may_plan": may_plan,
        "may_put": draft and not gap and allows(access.require_may_put_income, request.person, plan),
        "is_mine": plan.made_by_id == request.person.pk,
        "edit_url": f"{reverse('plans:income-edit')}?branch={plan.branch.code}&year={plan.year}&period={plan.period}",
        "confirm_text": f"总收入目标 {plan.total:,.2f} 元,{len(plan.parts.all())} 个部门。生效后原来的版本被取代,留在记录里。",
    }
    return render(request, "plans/targets/income_detail.html", context)


def _chart(plan: IncomePlan) -> dict[str, Any]:
    data = [{"name": part.department, "value": float(part.amount / WAN)} for part in plan.parts.all()]
    return {"tooltip": {"trigger": "item"}, "series": [{"type": "pie", "radius": ["40%", "70%"], "data": data}]}


@door(Power.TARGET_SET)
@require_POST
def income_put(request: PersonRequest, plan_id: int) -> HttpResponse:
    """A second person puts the draft in force."""
    plan = queries.income_plan_for(request.person, plan_id)
    actions.put_income(plan_id=plan.pk, by=request.person, seen=request.POST.get("seen", ""))
    messages.success(request, f"{plan}已生效")
    return redirect("plans:income-detail", plan.pk)


@door(Power.TARGET_SET)
@require_POST
def income_drop(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Give up a draft."""
    plan = queries.income_plan_for(request.person, plan_id)
    actions.drop_income(plan_id=plan.pk, by=request.person)
    messages.info(request, f"已放弃{plan}的草案")
    return redirect(_list_url(plan.branch, plan.year))
