"""Pages of milestones: what is due by when, by whom; done, with what shows it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from branch.files.responses import attachment
from branch.paging import page_of
from branch.people.access import reach
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.queries import people_visible_to
from branch.people.roles import Power
from clients.pages import named_branch
from kernel.refusals import Refusal, allows
from teams.plans.targets import access, actions, queries
from teams.plans.targets.forms import DoneForm, MilestoneFilter, MilestoneForm, ReasonForm
from teams.plans.targets.models import Milestone
from teams.plans.targets.standing import standing_of
from teams.plans.targets.views import crumbs

MILESTONES = ("里程碑", "plans:milestone-list")


@door(when=access.sees_targets)
@require_GET
def milestone_list(request: PersonRequest) -> HttpResponse:
    """Milestones by date, the overdue ones marked with how many days."""
    form, today = MilestoneFilter(request.GET), timezone.localdate()
    page = page_of(request, queries.milestones_for(request.person, standing=form.chosen, today=today))
    me = request.person
    context = {
        "title": "里程碑",
        "crumbs": crumbs(("里程碑", "")),
        "filters": form,
        "page": page,
        "rows": [
            {
                "row": row,
                "standing": standing_of(row, today),
                "may_finish": row.done_on is None and row.dropped_on is None and allows(access.require_may_finish, me, row),
                "may_drop": row.done_on is None and row.dropped_on is None and allows(access.require_may_plan, me, row),
            }
            for row in page
        ],
        "may_add": bool(reach(request.person, Power.PLAN_EDIT)),
    }
    return render(request, "plans/targets/milestone_list.html", context)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def milestone_new(request: PersonRequest) -> HttpResponse:
    """Enter a milestone."""
    branch, teams, whole = queries.planning(request.person, Power.PLAN_EDIT, named_branch(request))
    people = people_visible_to(request.person).order_by("staff_no")
    form, refusal = MilestoneForm(request.POST or None, teams=teams, people=people, whole=whole), None
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.add_milestone(branch=branch, by=request.person, **form.cleaned_data)
            messages.success(request, f"已登记里程碑“{row}”")
            return redirect("plans:milestone-list")
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "登记里程碑",
        "crumbs": crumbs(MILESTONES, ("登记", "")),
        "branch": branch,
        "branches": branches_of(request.person, Power.PLAN_EDIT),
        "action": f"{reverse('plans:milestone-new')}?branch={branch.code}",
        "form": form,
        "refusal": refusal,
        "back": reverse("plans:milestone-list"),
        "submit": "登记",
    }
    return render(request, "plans/targets/milestone_form.html", context)


@door(when=access.sees_targets)
@require_http_methods(["GET", "POST"])
def milestone_done(request: PersonRequest, milestone_id: int) -> HttpResponse:
    """It is reached, and here is what shows it."""
    row = queries.milestone_for(request.person, milestone_id)
    access.require_may_finish(request.person, row)
    posted = request.method == "POST"
    form = DoneForm(
        request.POST if posted else None, request.FILES if posted else None, initial={"done_on": timezone.localdate()}
    )
    refusal: Refusal | None = None
    if posted and form.is_valid():
        given = form.cleaned_data
        file = given["evidence"]
        try:
            actions.finish_milestone(
                milestone_id=row.pk,
                done_on=given["done_on"],
                evidence=file.read() if file else None,
                file_name=file.name if file else "",
                note=given["note"],
                by=request.person,
            )
            messages.success(request, f"里程碑“{row}”已完成")
            return redirect("plans:milestone-list")
        except Refusal as refused:
            refusal = refused
    return _act(request, row, form, refusal, "完成", "登记完成")


def _act(request: PersonRequest, row: Milestone, form: Any, refusal: Refusal | None, *words: str) -> HttpResponse:
    title, submit = words
    context = {
        "title": f"{title}“{row}”",
        "crumbs": crumbs(MILESTONES, (title, "")),
        "row": row,
        "form": form,
        "refusal": refusal,
        "back": reverse("plans:milestone-list"),
        "submit": submit,
    }
    return render(request, "plans/targets/milestone_form.html", context)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def milestone_drop(request: PersonRequest, milestone_id: int) -> HttpResponse:
    """Give it up, with the reason."""
    row = queries.milestone_for(request.person, milestone_id)
    access.require_may_plan(request.person, row)
    form = ReasonForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.drop_milestone(milestone_id=row.pk, reason=form.cleaned_data["reason"], by=request.person)
            messages.info(request, f"已取消里程碑“{row}”,原因留在记录里")
            return redirect("plans:milestone-list")
        except Refusal as refused:
            refusal = refused
    return _act(request, row, form, refusal, "取消", "取消里程碑")


@door(when=access.sees_targets)
@require_GET
def milestone_evidence(request: PersonRequest, milestone_id: int) -> HttpResponse:
    """What shows that it is reached, always as an attachment; that it leaves is logged."""
    return attachment(*actions.open_evidence(milestone_id=milestone_id, by=request.person))
