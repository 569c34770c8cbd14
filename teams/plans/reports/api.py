"""Business analysis reports: read, begun, written, taken anew, handed in, taken back. No body holds a figure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import MonthChoice
from branch.rest.requests import ApiRequest
from branch.rest.serializers import NothingGiven, ReasonGiven
from kernel.refusals import Unknown
from kernel.seen import stamp
from teams.plans.reports import access, actions, queries, rules, tables
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.serializers import (
    AnalysisReportDetailOut,
    AnalysisReportGiven,
    AnalysisReportOut,
    ReportTextsGiven,
)


class ReportQuery(forms.Form):
    kind = forms.ChoiceField(label="类别", required=False, choices=[("", "全部"), *rules.KINDS.items()])
    month = MonthChoice()


def _shown(request: ApiRequest, report_id: int) -> dict[str, Any]:
    report = queries.report_for(request.person, report_id)
    return {
        "report": report,
        "tables": tables.blocks(report.figures, access.sight_of(request.person, report.team)),
        "changes": [dict(zip(("what", "before", "after"), change, strict=True)) for change in report.changes],
        "moved": queries.moved([report])[report.pk],
        "seen": stamp(report.texts),
    }


@get(AnalysisReportOut, Power.PLAN_VIEW, many=True, query=ReportQuery)
def report_list(request: ApiRequest) -> QuerySet[AnalysisReport]:
    """可见的业务分析报告"""
    rows = queries.reports_for(request.person)
    chosen = {name: request.asked[name] for name in ("kind", "month") if request.asked[name]}
    return rows.filter(**chosen)


@post(AnalysisReportGiven, AnalysisReportDetailOut, Power.PLAN_EDIT, status=201)
def report_begin(request: ApiRequest) -> dict[str, Any]:
    """编制一份报告,数字取自已锁定的月份"""
    given = request.given
    rules.require_period(given["kind"], given["month"])
    teams = queries.teams_within(request.person, Power.PLAN_EDIT, given["kind"], given["month"])
    team = teams.filter(pk=given["team"]).first()
    if team is None:
        raise Unknown("没有这个团队,或不在您的权限范围内")
    report = actions.draft_report(team=team, kind=given["kind"], month=given["month"], by=request.person)
    return _shown(request, report.pk)


@get(AnalysisReportDetailOut, Power.PLAN_VIEW)
def report_detail(request: ApiRequest, report_id: int) -> dict[str, Any]:
    """一份报告:文字、各表和数据是否已变"""
    return _shown(request, report_id)


@post(ReportTextsGiven, AnalysisReportDetailOut, Power.PLAN_EDIT)
def report_write(request: ApiRequest, report_id: int) -> dict[str, Any]:
    """填写分析说明、问题与措施、下期计划"""
    report = queries.report_for(request.person, report_id)
    actions.write(report_id=report.pk, texts=request.given, by=request.person, seen=request.given["seen"])
    return _shown(request, report_id)


@post(NothingGiven, AnalysisReportDetailOut, Power.PLAN_EDIT)
def report_refresh(request: ApiRequest, report_id: int) -> dict[str, Any]:
    """重新取数"""
    report = queries.report_for(request.person, report_id)
    actions.refresh(report_id=report.pk, by=request.person)
    return _shown(request, report_id)


@post(NothingGiven, AnalysisReportDetailOut, Power.PLAN_EDIT)
def report_send(request: ApiRequest, report_id: int) -> dict[str, Any]:
    """提交审核"""
    report = queries.report_for(request.person, report_id)
    actions.hand_in(report_id=report.pk, by=request.person)
    return _shown(request, report_id)


@post(ReasonGiven, AnalysisReportDetailOut, Power.PLAN_EDIT)
def report_withdraw(request: ApiRequest, report_id: int) -> dict[str, Any]:
    """撤回"""
    report = queries.report_for(request.person, report_id)
    actions.take_back(report_id=report.pk, reason=request.given["reason"], by=request.person)
    return _shown(request, report_id)
