"""The work logs: the own ones written, those one sees read, the drawn ones checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import MonthChoice
from branch.rest.requests import ApiRequest
from kernel.months import Month
from kernel.refusals import Unknown
from teams.plans.logs import access, actions, queries
from teams.plans.logs.actions import Contact, Entry
from teams.plans.logs.models import LogCheck, LogDraw, WorkLog
from teams.plans.logs.serializers import (
    LogCheckOut,
    LogDetailOut,
    LogDrawGiven,
    LogDrawOut,
    LogMonthOut,
    LogVerdictGiven,
    WorkLogGiven,
    WorkLogOut,
)


class MonthQuery(forms.Form):
    month = MonthChoice()


class CheckQuery(forms.Form):
    waiting = forms.BooleanField(label="只看待我抽查的", required=False)


def _month(request: ApiRequest) -> Month:
    return request.asked["month"] or Month.of(timezone.localdate())


@get(WorkLogOut, when=access.sees_logs, many=True, query=MonthQuery)
def log_list(request: ApiRequest) -> QuerySet[WorkLog]:
    """一个月里可见的工作日志和展业活动记录"""
    month = _month(request)
    return queries.logs_for(request.person).between(month.first, month.last)  # type: ignore[attr-defined]


@post(WorkLogGiven, WorkLogOut, when=access.keeps_log, status=201)
def log_write(request: ApiRequest) -> WorkLog:
    """提交本人一天的日志;已有的就是修改,原来的一版留着"""
    given = dict(request.given)
    day, me = given.pop("day"), request.person
    contacts = [_contact(request, one) for one in given.pop("contacts")]
    return actions.write_log(day=day, entry=Entry(contacts=contacts, **given), by=me)


def _contact(request: ApiRequest, given: dict[str, Any]) -> Contact:
    client = queries.client_named(request.person, given["name"])
    return Contact(**given | {"client": client, "name": client.name if client is not None else given["name"]})


@get(LogDetailOut, when=access.sees_logs)
def log_detail(request: ApiRequest, log_id: int) -> WorkLog:
    """一份日志:各版本和抽查结果"""
    return queries.log_for(request.person, log_id)


@get(LogMonthOut, Power.PLAN_VIEW, query=MonthQuery)
def log_months(request: ApiRequest) -> dict[str, Any]:
    """一个月里每人应填、按时、迟交、缺的篇数"""
    month = _month(request)
    return {"month": month, "rows": queries.board(queries.people_led(request.person, month), month)}


@get(LogCheckOut, Power.PLAN_VIEW, many=True, query=CheckQuery)
def log_checks(request: ApiRequest) -> QuerySet[LogCheck]:
    """抽中的日志"""
    rows = queries.checks_for(request.person, waiting=request.asked["waiting"])
    return rows.select_related("draw", "checked_by", *(f"log__{name}" for name in queries.WHO))


@post(LogDrawGiven, LogDrawOut, Power.LOG_CHECK)
def log_draw(request: ApiRequest) -> LogDraw:
    """抽查一个团队一周的日志;已抽过的照原来抽的"""
    given = request.given
    team = next((one for one in queries.teams_to_draw(request.person) if one.pk == given["team"]), None)
    if team is None:
        raise Unknown("没有这个团队,或不在您可以抽查的范围内")
    return actions.draw_week(team=team, year=given["year"], week=given["week"], by=request.person)


@post(LogVerdictGiven, LogCheckOut, Power.LOG_CHECK)
def log_check(request: ApiRequest, check_id: int) -> LogCheck:
    """抽查通过或退回"""
    check = queries.check_for(request.person, check_id)
    return actions.check_log(check_id=check.pk, by=request.person, **request.given)
