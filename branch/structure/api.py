from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone

from branch.org.models import Branch, Company, Department, Team, Unit
from branch.people.models import Leadership
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import cleaned
from branch.rest.requests import ApiRequest
from branch.structure import actions, queries
from branch.structure.forms import FORMS
from branch.structure.serializers import (
    BeginGiven,
    BranchDetailOut,
    BranchOut,
    CompanyWithDepartmentsOut,
    LeaderGiven,
    LeadershipOut,
    TeamOut,
    UnitGiven,
    UnitOut,
)
from kernel.refusals import Refusal


class DayQuery(forms.Form):
    on = forms.DateField(label="日期", required=False, help_text="留空为今天")


@get(CompanyWithDepartmentsOut, Power.ORG_VIEW)
def org_overview(request: ApiRequest) -> dict[str, Any]:
    """公司与总部部门"""
    return {"company": Company.objects.first(), "departments": Department.objects.all()}


@get(BranchOut, Power.ORG_VIEW, many=True, order=("code",))
def branch_list(request: ApiRequest) -> QuerySet[Branch]:
    """可见的营业部"""
    return branches_visible_to(request.person, Power.ORG_VIEW)


@get(BranchDetailOut, Power.ORG_VIEW, query=DayQuery)
def branch_detail(request: ApiRequest, branch_id: int) -> dict[str, Any]:
    """一个营业部某日的团队、小组、负责人和网点"""
    branch = queries.branch_visible_to(request.person, branch_id)
    day = request.asked["on"] or timezone.localdate()
    teams = [
        {
            "team": line.team,
            "leader": line.leader,
            "people": line.people,
            "preparing": line.preparing,
            "begun_on": line.team.begun_on,
            "groups": [{"group": group, "leader": leader} for group, leader in line.groups],
        }
        for line in queries.teams_on(branch, day)
    ]
    return {"branch": branch, "day": day, "teams": teams, "outlets": branch.outlets.all()}


@get(LeadershipOut, Power.ORG_VIEW, many=True)
def leadership_list(request: ApiRequest, branch_id: int) -> QuerySet[Leadership]:
    """一个营业部的历任负责人"""
    return queries.leadership_history(queries.branch_visible_to(request.person, branch_id))


@post(UnitGiven, UnitOut, Power.ORG_EDIT, status=201)
def unit_create(request: ApiRequest, kind: str) -> Unit:
    """新建部门、营业部、团队、小组或网点(kind:department、branch、team、group、outlet)"""
    return _save(request, kind, queries.new_unit(kind, str(request.given.get("parent", ""))))


@post(UnitGiven, UnitOut, Power.ORG_EDIT)
def unit_change(request: ApiRequest, kind: str, unit_id: int) -> Unit:
    """修改其中一项;没有给出的内容不变"""
    return _save(request, kind, queries.unit(kind, unit_id))


def _save(request: ApiRequest, kind: str, unit: Unit) -> Unit:
    maker = FORMS[kind]
    form = maker({**model_to_dict(unit), **request.given}, instance=unit)
    cleaned(form)
    return actions.save_unit(unit=form.save(commit=False), by=request.person)


@post(LeaderGiven, LeadershipOut, Power.ORG_EDIT, Power.ROSTER_IMPORT)
def leader_change(request: ApiRequest, kind: str, unit_id: int) -> Leadership:
    """更换团队或小组的负责人(kind:team、group)"""
    unit = queries.led_unit(request.person, kind, unit_id)
    person = queries.candidates(unit).filter(staff_no=request.given["staff_no"]).first()
    if person is None:
        raise Refusal(f"“{unit}”没有工号为 {request.given['staff_no']} 的员工,请先通过名册调入")
    return actions.change_leader(unit=unit, person=person, since=request.given["since"], by=request.person)


@post(BeginGiven, TeamOut, Power.ORG_EDIT)
def team_activate(request: ApiRequest, team_id: int) -> Team:
    """启用筹办中的团队;还缺什么时拒绝并逐项列出"""
    team = queries.team_visible_to(request.person, team_id)
    return actions.activate_team(team=team, on=request.given["on"], by=request.person)
