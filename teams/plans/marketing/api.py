"""Marketing plans and cooperation agreements, with the pages' doors and acts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from branch.files.papers import MEDIA_TYPES
from branch.files.responses import attachment
from branch.org.models import Branch, Outlet, Team
from branch.people.choices import branches_of
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchQuery
from branch.rest.places import chosen
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from branch.structure.serializers import TeamOut
from kernel.refusals import Unknown
from teams.plans.marketing import access, actions, queries
from teams.plans.marketing.forms import PlanFilter
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement, MarketingPlan, empty_months
from teams.plans.marketing.serializers import (
    AgreementChangeGiven,
    AgreementCorrectionGiven,
    AgreementCorrectionOut,
    AgreementGiven,
    AgreementOut,
    MarketingPlanDetailOut,
    MarketingPlanOut,
    PlanChangeGiven,
    PlanGiven,
    SummaryGiven,
    content_of,
)


class YearQuery(forms.Form):
    year = forms.IntegerField(label="年度", required=False, min_value=2000, max_value=2100, help_text="留空为今年")


@get(MarketingPlanOut, Power.PLAN_VIEW, many=True, query=PlanFilter, order=("-year", "-id"))
def plan_list(request: ApiRequest) -> QuerySet[MarketingPlan]:
    """可见的年度营销方案"""
    asked = request.asked
    return queries.plans_for(request.person, year=asked["year"], state=asked["state"])


@get(TeamOut, Power.PLAN_VIEW, many=True, query=YearQuery)
def plans_missing(request: ApiRequest) -> QuerySet[Team]:
    """过了最迟批准日还没有已批准年度方案的团队"""
    today = timezone.localdate()
    return queries.teams_without_plan(request.person, request.asked["year"] or today.year, today)


@post(PlanGiven, MarketingPlanDetailOut, Power.PLAN_EDIT, status=201)
def plan_draft(request: ApiRequest) -> MarketingPlan:
    """拟定一个团队一年的营销方案"""
    given = request.given
    team = queries.teams_to_write_for(request.person).filter(pk=given["team"]).first()
    if team is None:
        raise Unknown("没有这个团队,或不在您可以拟定方案的范围内")
    content = content_of(given, empty_months())
    return actions.draft_plan(team=team, year=given["year"], content=content, by=request.person)


@get(MarketingPlanDetailOut, Power.PLAN_VIEW)
def plan_detail(request: ApiRequest, plan_id: int) -> MarketingPlan:
    """一份方案的全部内容"""
    return queries.plan_for(request.person, plan_id)


@post(PlanChangeGiven, MarketingPlanDetailOut, Power.PLAN_EDIT)
def plan_edit(request: ApiRequest, plan_id: int) -> MarketingPlan:
    """修改未报批的方案;没有给出的内容不变"""
    plan = queries.plan_for(request.person, plan_id)
    content = content_of(request.given, plan.months)
    return actions.edit_plan(plan_id=plan.pk, content=content, by=request.person, seen=request.given["seen"])


@post(None, MarketingPlanDetailOut, Power.PLAN_EDIT)
def plan_send(request: ApiRequest, plan_id: int) -> MarketingPlan:
    """报批或退回后再次提交"""
    return actions.send_up(plan_id=queries.plan_for(request.person, plan_id).pk, by=request.person)


@post(ReasonGiven, MarketingPlanDetailOut, Power.PLAN_EDIT)
def plan_withdraw(request: ApiRequest, plan_id: int) -> MarketingPlan:
    """撤回在审批的方案"""
    plan = queries.plan_for(request.person, plan_id)
    return actions.take_back(plan_id=plan.pk, reason=request.given["reason"], by=request.person)


@post(SummaryGiven, MarketingPlanDetailOut, Power.PLAN_EDIT)
def plan_summarise(request: ApiRequest, plan_id: int) -> MarketingPlan:
    """写入年度总结"""
    plan = queries.plan_for(request.person, plan_id)
    return actions.summarise(plan_id=plan.pk, text=request.given["text"], by=request.person)


@get(AgreementOut, Power.PLAN_VIEW, many=True, query=BranchQuery, order=("outlet_id", "-valid_to", "-id"))
def agreement_list(request: ApiRequest) -> QuerySet[CooperationAgreement]:
    """一个营业部的银行合作方案"""
    branch: Branch = chosen(branches_of(request.person, Power.PLAN_VIEW), request.asked["branch"])
    return queries.agreements_for(request.person, branch=branch)


@post(AgreementGiven, AgreementOut, Power.PLAN_EDIT, status=201)
def agreement_enter(request: ApiRequest) -> CooperationAgreement:
    """登记一个网点的银行合作方案"""
    given = _given(request)
    branches = branches_of(request.person, Power.PLAN_EDIT)
    rows = Outlet.objects.filter(pk=given.pop("outlet"), branch__in=[branch.pk for branch in branches], closed_on=None)
    outlet = rows.select_related("branch").first()
    if outlet is None:
        raise Unknown("没有这个网点,或不在您可以登记的范围内")
    return actions.enter_agreement(outlet=outlet, by=request.person, **given)


@get(AgreementOut, Power.PLAN_VIEW)
def agreement_detail(request: ApiRequest, agreement_id: int) -> CooperationAgreement:
    """一份银行合作方案"""
    return queries.agreement_for(request.person, agreement_id)


@post(AgreementChangeGiven, AgreementOut, Power.PLAN_EDIT)
def agreement_change(request: ApiRequest, agreement_id: int) -> CooperationAgreement:
    """修改一份还没有签订的银行合作方案,或填上签订日期;已签订的用更正"""
    row = queries.agreement_for(request.person, agreement_id)
    access.require_may_keep_agreements(request.person, row.branch)
    return actions.change_agreement(agreement_id=row.pk, by=request.person, **_given(request))


def _given(request: ApiRequest) -> dict[str, Any]:
    """The body as the actions take it: the file as its content and name."""
    given = dict(request.given)
    file = given.pop("file")
    return {**given, "file": file.read() if file else None, "file_name": file.name if file else ""}


@get(MEDIA_TYPES, Power.PLAN_VIEW)
def agreement_file(request: ApiRequest, agreement_id: int) -> HttpResponse:
    """协议文件,取走记入审计日志"""
    return attachment(*actions.open_paper(agreement_id=agreement_id, by=request.person))


@get(AgreementCorrectionOut, Power.PLAN_VIEW, many=True)
def correction_list(request: ApiRequest, agreement_id: int) -> QuerySet[AgreementCorrection]:
    """一份合作方案的各次更正,新的在前"""
    row = queries.agreement_for(request.person, agreement_id)
    return queries.corrections_for(request.person).filter(agreement=row)


@post(AgreementCorrectionGiven, AgreementCorrectionOut, Power.PLAN_EDIT, status=201)
def correction_propose(request: ApiRequest, agreement_id: int) -> AgreementCorrection:
    """提出对已签订的合作方案的更正,等另一人确认"""
    row = queries.agreement_for(request.person, agreement_id)
    access.require_may_keep_agreements(request.person, row.branch)
    return actions.propose_correction(agreement_id=row.pk, by=request.person, **_given(request))


@post(None, AgreementOut, Power.PLAN_EDIT)
def correction_confirm(request: ApiRequest, correction_id: int) -> CooperationAgreement:
    """确认更正,合作方案按更正后的内容"""
    found = queries.correction_for(request.person, correction_id)
    return actions.confirm_correction(correction_id=found.pk, by=request.person)


@post(ReasonGiven, AgreementCorrectionOut, Power.PLAN_EDIT)
def correction_decline(request: ApiRequest, correction_id: int) -> AgreementCorrection:
    """不采纳更正,或撤回本人提出的"""
    found = queries.correction_for(request.person, correction_id)
    return actions.decline_correction(correction_id=found.pk, reason=request.given["reason"], by=request.person)


@get(MEDIA_TYPES, Power.PLAN_VIEW)
def correction_file(request: ApiRequest, correction_id: int) -> HttpResponse:
    """更正所附的新协议文件,取走记入审计日志"""
    return attachment(*actions.open_correction_paper(correction_id=correction_id, by=request.person))


@get(MEDIA_TYPES, Power.PLAN_VIEW)
def correction_former_file(request: ApiRequest, correction_id: int) -> HttpResponse:
    """更正前的原协议文件,取走记入审计日志"""
    return attachment(*actions.open_former_paper(correction_id=correction_id, by=request.person))
