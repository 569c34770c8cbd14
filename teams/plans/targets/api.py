"""Targets and income by department; progress, notes, milestones and sheets are in `progress_api`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchQuery
from branch.rest.places import branch_within, chosen
from branch.rest.requests import ApiRequest
from branch.rest.serializers import StampGiven
from kernel.refusals import Refusal
from kernel.seen import stamp
from teams.plans.targets import access, actions, queries
from teams.plans.targets.actions.breaking import shown_root
from teams.plans.targets.actions.incomes import shown_income
from teams.plans.targets.metrics import METRICS
from teams.plans.targets.models import METRIC_CHOICES, IncomePlan, Target, TargetChange
from teams.plans.targets.serializers import (
    ChangeGiven,
    DecideGiven,
    IncomeGiven,
    IncomeOut,
    PartsGiven,
    RootGiven,
    TargetChangeOut,
    TargetRowOut,
    TreeOut,
    ViewOut,
)


class YearQuery(BranchQuery):
    year = forms.IntegerField(label="年度", required=False, min_value=2000, max_value=2100)


class TreeQuery(YearQuery):
    metric = forms.ChoiceField(label="项目", choices=METRIC_CHOICES, required=False)


def _year(request: ApiRequest) -> int:
    return request.asked["year"] or timezone.localdate().year


@get(TreeOut, when=access.sees_targets, query=TreeQuery)
def target_list(request: ApiRequest) -> dict[str, Any]:
    """一个项目的目标树,每项带未分解数"""
    branch = chosen(access.branches_for(request.person), request.asked["branch"])
    year, metric = _year(request), request.asked["metric"] or next(iter(METRICS))
    return {"branch": branch, "year": year, "metric": metric, "nodes": queries.tree(request.person, branch, year, metric)}


@post(RootGiven, TargetRowOut, Power.TARGET_SET)
def target_root(request: ApiRequest) -> Target:
    """填写营业部目标(草案)"""
    given = request.given
    branch = branch_within(request.person, given["branch"], Power.TARGET_SET)
    wish = {name: given[name] for name in ("year", "metric", "months")}
    return actions.set_root(branch=branch, **wish, by=request.person, seen=given["seen"] or stamp(shown_root(None)))


@get(ViewOut, when=access.sees_targets)
def target_detail(request: ApiRequest, target_id: int) -> queries.TargetView:
    """一项目标:各月、下级、变更记录"""
    return queries.view_of(queries.target_for(request.person, target_id))


@post(PartsGiven, ViewOut, Power.TARGET_SET)
def target_parts(request: ApiRequest, target_id: int) -> queries.TargetView:
    """把目标分解到下级(草案),人员写工号;没有列出的下级不变"""
    target = queries.target_for(request.person, target_id)
    given = request.given
    parts = _by_key(target, given["parts"])
    return queries.view_of(actions.set_parts(target_id=target.pk, parts=parts, by=request.person, seen=given["seen"]))


def _by_key(target: Target, given: list[dict[str, Any]]) -> dict[str, Any]:
    """The parts as `set_parts` names them. Of a 工号 that isn't below the target nothing more is told than of a strange key."""
    below = queries.units_below(target, timezone.localdate()) if any("staff_no" in one for one in given) else []
    people = {unit.person.staff_no: unit.key for unit in below if unit.person is not None}
    keys = [one.get("unit") or people.get(one["staff_no"], f"工号 {one['staff_no']}") for one in given]
    if len(set(keys)) < len(keys):
        raise Refusal("同一个单位或人员只写一次", code="twice")
    return {key: one["months"] for key, one in zip(keys, given, strict=True)}


@post(StampGiven, TargetRowOut, Power.TARGET_SET)
def target_put(request: ApiRequest, target_id: int) -> Target:
    """下达一项目标"""
    target = queries.target_for(request.person, target_id)
    return actions.put_in_force(target_id=target.pk, by=request.person, seen=request.given["seen"])


@post(StampGiven, ViewOut, Power.TARGET_SET)
def target_put_parts(request: ApiRequest, target_id: int) -> queries.TargetView:
    """下达一项目标的全部分解"""
    target = queries.target_for(request.person, target_id)
    actions.put_parts(target_id=target.pk, by=request.person, seen=request.given["seen"])
    return queries.view_of(target)


@post(ChangeGiven, TargetChangeOut, Power.TARGET_SET, status=201)
def target_change(request: ApiRequest, target_id: int) -> TargetChange:
    """对生效的目标提出变更"""
    target, given = queries.target_for(request.person, target_id), request.given
    return actions.propose_change(target_id=target.pk, by=request.person, **given)


@get(TargetChangeOut, when=access.sees_targets, many=True)
def change_list(request: ApiRequest) -> QuerySet[TargetChange]:
    """可见的目标变更,新的在前"""
    return queries.changes_for(request.person)


@post(DecideGiven, TargetChangeOut, Power.TARGET_SET)
def change_decide(request: ApiRequest, change_id: int) -> TargetChange:
    """同意、不同意或撤回一项变更"""
    change, given = queries.change_for(request.person, change_id), request.given
    if given["act"] == "agree":
        return actions.agree_change(change_id=change.pk, by=request.person, note=given["note"])
    if given["act"] == "refuse":
        return actions.refuse_change(change_id=change.pk, by=request.person, note=given["note"])
    return actions.withdraw_change(change_id=change.pk, by=request.person)


@get(IncomeOut, Power.PLAN_VIEW, many=True, query=YearQuery)
def income_list(request: ApiRequest) -> QuerySet[IncomePlan]:
    """一年的部门收入目标,各期间各版本"""
    branch = chosen(access.branches_for(request.person), request.asked["branch"])
    rows = IncomePlan.objects.visible_to(request.person).filter(branch=branch, year=_year(request))
    return rows.select_related("branch", "made_by", "put_by").prefetch_related("parts")


@post(IncomeGiven, IncomeOut, Power.TARGET_SET, status=201)
def income_save(request: ApiRequest) -> IncomePlan:
    """填写部门收入目标(草案),单位元"""
    given = request.given
    parts = {one["department"]: one["amount"] for one in given["parts"]}
    if len(parts) != len(given["parts"]):
        raise Refusal("同一个部门只写一次", code="twice")
    return actions.save_income(
        branch=branch_within(request.person, given["branch"], Power.TARGET_SET),
        year=given["year"],
        period=given["period"],
        total=given["total"],
        parts=parts,
        reason=given["reason"],
        by=request.person,
        seen=given["seen"] or stamp(shown_income(None)),
    )


@get(IncomeOut, Power.PLAN_VIEW)
def income_detail(request: ApiRequest, plan_id: int) -> IncomePlan:
    """一份部门收入目标"""
    return queries.income_plan_for(request.person, plan_id)


@post(StampGiven, IncomeOut, Power.TARGET_SET)
def income_put(request: ApiRequest, plan_id: int) -> IncomePlan:
    """第二人确认部门收入目标生效"""
    plan = queries.income_plan_for(request.person, plan_id)
    return actions.put_income(plan_id=plan.pk, by=request.person, seen=request.given["seen"])


@post(None, IncomeOut, Power.TARGET_SET)
def income_drop(request: ApiRequest, plan_id: int) -> IncomePlan:
    """放弃草案"""
    return actions.drop_income(plan_id=queries.income_plan_for(request.person, plan_id).pk, by=request.person)
