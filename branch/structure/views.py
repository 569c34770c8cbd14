from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone

from branch.org.models import Company, Department, Unit
from branch.overtaken import SEEN, confront
from branch.people import access
from branch.people.doors import PersonRequest, door
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.structure import actions, queries
from branch.structure.access import may_change_leader
from branch.structure.beginning import needs
from branch.structure.forms import FORMS, BeginForm, LeaderForm
from branch.structure.leading import post_of
from kernel.refusals import Refusal
from kernel.seen import Overtaken


@door(Power.ORG_VIEW)
def org_overview(request: PersonRequest) -> HttpResponse:
    """The company, its head-office departments, the branches one may see."""
    context = {
        "title": "组织",
        "crumbs": [("设置", ""), ("组织", "")],
        "company": Company.objects.first(),
        "departments": Department.objects.all(),
        "branches": branches_visible_to(request.person, Power.ORG_VIEW),
        "may_edit": access.holds(request.person, Power.ORG_EDIT),
    }
    return render(request, "branch/org/overview.html", context)


@door(Power.ORG_VIEW)
def org_branch(request: PersonRequest, branch_id: int) -> HttpResponse:
    """A branch as of a day: teams, groups, leaders, outlets; and who led which team when."""
    branch = queries.branch_visible_to(request.person, branch_id)
    day = _day(request.GET.get("on", "")) or timezone.localdate()
    context = {
        "title": branch.name,
        "crumbs": [("组织", resolve_url("org-overview")), (branch.name, "")],
        "branch": branch,
        "day": day,
        "teams": queries.teams_on(branch, day),
        "outlets": branch.outlets.all(),
        "leaderships": queries.leadership_history(branch),
        "may_edit": access.reach(request.person, Power.ORG_EDIT).covers_branch(branch),
        "may_change_leader": may_change_leader(request.person, branch),
        "sees_people": access.reach(request.person, Power.PEOPLE_VIEW).covers_branch(branch),
    }
    return render(request, "branch/org/branch.html", context)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@door(Power.ORG_EDIT)
def org_new(request: PersonRequest, kind: str) -> HttpResponse:
    """A new department, branch, team, group or outlet."""
    return _edit(request, kind, queries.new_unit(kind, request.GET.get("parent", "")))


@door(Power.ORG_EDIT)
def org_edit(request: PersonRequest, kind: str, unit_id: int) -> HttpResponse:
    """Change one of them."""
    return _edit(request, kind, queries.unit(kind, unit_id))


@door(Power.ORG_EDIT, Power.ROSTER_IMPORT)
def leader_change(request: PersonRequest, kind: str, unit_id: int) -> HttpResponse:
    """更换负责人: who leads the team or group from a day; who led it before."""
    unit = queries.led_unit(request.person, kind, unit_id)
    form, refusal = LeaderForm(request.POST or None, unit=unit), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_leader(unit=unit, person=given["person"], since=given["since"], by=request.person)
            messages.success(request, f"“{unit}”自 {given['since']} 起由{given['person']}负责")
            return redirect(_page_of(unit))
        except Refusal as refused:
            refusal = refused
    branch, back = actions.branch_of(unit), _page_of(unit)
    context = {
        "title": f"更换“{unit}”的负责人",
        "crumbs": [("组织", resolve_url("org-overview")), (str(branch), back), ("更换负责人", "")],
        "unit": unit,
        "post": post_of(unit),
        "history": queries.leaders_of(unit),
        "form": form,
        "refusal": refusal,
        "back": back,
    }
    return render(request, "branch/org/leader.html", context)


@door(Power.ORG_EDIT)
def team_activate(request: PersonRequest, team_id: int) -> HttpResponse:
    """启用 a team that is being set up: what it needs, what of it is there, and from which day it works."""
    team = queries.team_visible_to(request.person, team_id)
    form, refusal = BeginForm(request.POST or None), None
    day = timezone.localdate()
    if request.method == "POST" and form.is_valid():
        day = form.cleaned_data["on"]
        try:
            actions.activate_team(team=team, on=day, by=request.person)
            messages.success(request, f"“{team}”自 {day} 起启用")
            return redirect(_page_of(team))
        except Refusal as refused:
            refusal = refused
    title = f"启用“{team}”"
    asked = needs(team, day)
    context = {
        "title": title,
        "crumbs": [("组织", resolve_url("org-overview")), (team.branch.name, _page_of(team)), (title, "")],
        "team": team,
        "begun": team.has_begun(timezone.localdate()),
        "needs": asked,
        "ready": all(need.met for need in asked),
        "form": form,
        "refusal": refusal,
        "back": _page_of(team),
    }
    return render(request, "branch/org/activate.html", context, status=409 if refusal else 200)


def _edit(request: PersonRequest, kind: str, unit: Unit) -> HttpResponse:
    label, known = actions.KIND_LABELS[kind], unit.pk is not None
    form = FORMS[kind](request.POST or None, instance=unit)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_unit(unit=form.save(commit=False), by=request.person, seen=form.cleaned_data[SEEN])
            messages.success(request, f"已保存{label}“{saved}”")
            return redirect(_page_of(saved))
        except Overtaken as overtaken:
            present = FORMS[kind](instance=queries.unit(kind, unit.pk))
            refusal = confront(overtaken, form, present, subject=unit._meta.label, subject_id=str(unit.pk))
        except Refusal as refused:
            refusal = refused
    title = f"{'修改' if known else '新建'}{label}"
    context = {
        "title": title,
        "crumbs": [("组织", resolve_url("org-overview")), (title, "")],
        "form": form,
        "refusal": refusal,
        "back": _page_of(unit),
    }
    return render(request, "branch/org/edit.html", context)


def _page_of(unit: Unit) -> str:
    branch = actions.branch_of(unit)
    return resolve_url("org-branch", branch.pk) if branch else resolve_url("org-overview")
