from __future__ import annotations

from typing import Any

from django import forms

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import MonthChoice
from branch.rest.requests import ApiRequest
from payroll.close import access, actions, queries
from payroll.close.forms import last_month
from payroll.close.models import CompanyClose
from payroll.close.rules import STEPS
from payroll.close.serializers import (
    BranchMonthOut,
    CompanyCloseOut,
    CompanyMonthOut,
    MonthGiven,
    RemindedBranchesOut,
    RemindGiven,
)


class MonthQuery(forms.Form):
    month = MonthChoice(label="所属月份", help_text="留空为上月")


class BranchesQuery(MonthQuery):
    q = forms.CharField(label="名称或代码", required=False, max_length=40)
    step = forms.ChoiceField(label="进度", required=False, choices=list(STEPS.items()))
    late = forms.BooleanField(label="只看未完成", required=False)


@get(CompanyMonthOut, Power.CLOSE_VIEW, query=MonthQuery)
def company_month(request: ApiRequest) -> dict[str, Any]:
    """公司月结:全公司一个月的进度与合计"""
    access.may_view(request.person)
    board = queries.board(request.asked["month"] or last_month())
    found = {name: getattr(board, name) for name in ("month", "close", "computed", "done", "totals")}
    return found | {"branches": len(board.lines)}


@get(BranchMonthOut, Power.CLOSE_VIEW, many=True, query=BranchesQuery)
def company_branches(request: ApiRequest) -> list[queries.Line]:
    """公司月结:各营业部的进度"""
    access.may_view(request.person)
    asked = request.asked
    board = queries.board(asked["month"] or last_month())
    return queries.filtered(board.lines, q=asked["q"].strip(), step=asked["step"], late=asked["late"], sort="code")


@post(MonthGiven, CompanyCloseOut, Power.CLOSE_RUN, status=202)
def company_start(request: ApiRequest) -> CompanyClose:
    """发起公司月结:各营业部排队核算"""
    return actions.start(month=request.given["month"], by=request.person)


@post(MonthGiven, CompanyCloseOut, Power.CLOSE_RUN)
def company_cancel(request: ApiRequest) -> CompanyClose:
    """取消公司月结中尚未开始的营业部"""
    return actions.cancel(month=request.given["month"], by=request.person)


@post(RemindGiven, RemindedBranchesOut, Power.CLOSE_RUN)
def company_remind(request: ApiRequest) -> dict[str, list[str]]:
    """提醒营业部财务,每天至多一次"""
    month, code = request.given["month"], request.given["branch"]
    codes = [code] if code else [line.branch.code for line in queries.board(month).lines]
    told, before = actions.remind(month=month, codes=codes, by=request.person)
    return {"told": told, "before": before}
