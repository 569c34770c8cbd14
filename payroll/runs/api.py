"""Runs and slips; 试算 and 个税计算 are in `what_if_api`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from branch.exports import actions as exports
from branch.files.responses import XLSX, attachment
from branch.people.access import holds
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchMonthQuery, MonthChoice
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from kernel.months import Month
from kernel.refusals import Unknown
from payroll.runs import actions
from payroll.runs.board import board_of
from payroll.runs.checks import live_run
from payroll.runs.comparing import changes_between, marked
from payroll.runs.exports import REPORT
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.queries import (
    own_slip,
    own_slips,
    run_for,
    run_of_month,
    runs_for,
    signatures_of,
    slip_for,
    successor_of,
    tax_chain,
    versions_of,
)
from payroll.runs.register import corrections_of
from payroll.runs.serializers import (
    BoardOut,
    ComputeGiven,
    FigureChangeOut,
    IssueGiven,
    PaySlipDetailOut,
    PaySlipOut,
    RunDetailOut,
    RunOut,
)
from payroll.runs.states import STATES


class RunQuery(forms.Form):
    branch = forms.CharField(label="营业部代码", max_length=20, required=False)
    month = MonthChoice(label="所属月份")
    state = forms.ChoiceField(label="状态", required=False, choices=list(STATES.items()))


class OtherQuery(forms.Form):
    other = forms.IntegerField(label="与哪一版相比", min_value=1, help_text="薪酬月报编号")


@get(BoardOut, Power.PAY_VIEW, Power.CLOSE_VIEW, query=BranchMonthQuery)
def month_board(request: ApiRequest) -> dict[str, Any]:
    """一个营业部一个月的月结进度;总部只看进度,不含金额和薪酬月报"""
    sees_pay = holds(request.person, Power.PAY_VIEW)
    branch = branch_within(request.person, request.asked["branch"], Power.PAY_VIEW if sees_pay else Power.CLOSE_VIEW)
    month = request.asked["month"] or Month.of(timezone.localdate()).previous
    steps = board_of(branch, month, live_run(branch, month), pay=sees_pay)
    return {"branch": branch, "month": month, "steps": steps, "run": run_of_month(request.person, branch, month)}


@get(RunOut, Power.PAY_VIEW, many=True, order=("-month", "branch__code", "-version", "id"), query=RunQuery)
def run_list(request: ApiRequest) -> QuerySet[PayRun]:
    """可见的薪酬月报的全部版本"""
    paths = {"branch": "branch__code", "month": "month", "state": "state"}
    return runs_for(request.person).filter(**{paths[name]: value for name, value in request.asked.items() if value})


@post(ComputeGiven, RunOut, Power.PAY_COMPUTE, status=202)
def run_compute(request: ApiRequest) -> PayRun:
    """核算一个月;月份还没有薪酬月报时新建。进度见任务"""
    given = request.given
    branch = branch_within(request.person, given["branch"], Power.PAY_COMPUTE)
    run = actions.compute(branch=branch, month=given["month"], pay_month=given["pay_month"], by=request.person)
    return run_for(request.person, run.pk)


@get(RunDetailOut, Power.PAY_VIEW)
def run_detail(request: ApiRequest, run_id: int) -> dict[str, Any]:
    """一份薪酬月报:各版本、签字、与上月相比需要留意的人员"""
    run = run_for(request.person, run_id)
    outliers = [row for row in marked(run) if row.marks]
    return {"run": run, "versions": versions_of(run), "signatures": signatures_of(run), "outliers": outliers}


@get(PaySlipOut, Power.PAY_VIEW, many=True, order=("staff_no", "id"))
def run_slips(request: ApiRequest, run_id: int) -> QuerySet[PaySlip]:
    """一份薪酬月报的逐人数据"""
    return run_for(request.person, run_id).slips.light()


@post(None, RunOut, Power.PAY_COMPUTE)
def run_send_up(request: ApiRequest, run_id: int) -> PayRun:
    """送审"""
    actions.send_up(run_id=run_for(request.person, run_id).pk, by=request.person)
    return run_for(request.person, run_id)


@post(ReasonGiven, RunOut, Power.PAY_COMPUTE)
def run_withdraw(request: ApiRequest, run_id: int) -> PayRun:
    """撤回送审"""
    actions.withdraw(run_id=run_for(request.person, run_id).pk, reason=request.given["reason"], by=request.person)
    return run_for(request.person, run_id)


@post(ReasonGiven, RunOut, Power.PAY_COMPUTE)
def run_void(request: ApiRequest, run_id: int) -> PayRun:
    """作废一版没有送审过的薪酬月报"""
    actions.void(run_id=run_for(request.person, run_id).pk, reason=request.given["reason"], by=request.person)
    return run_for(request.person, run_id)


@post(IssueGiven, RunOut, Power.PAY_ISSUE)
def run_issue(request: ApiRequest, run_id: int) -> PayRun:
    """登记发放日期;核算以后名册等有变化的,须写明已知悉"""
    given = request.given
    actions.issue(
        run_id=run_for(request.person, run_id).pk, issued_on=given["issued_on"], aware=given["aware"], by=request.person
    )
    return run_for(request.person, run_id)


@post(None, RunOut, Power.FILING_SUBMIT)
def run_file(request: ApiRequest, run_id: int) -> PayRun:
    """报送备案"""
    actions.file(run_id=run_for(request.person, run_id).pk, by=request.person)
    return run_for(request.person, run_id)


@get(XLSX, Power.PAY_EXPORT)
def run_export(request: ApiRequest, run_id: int) -> HttpResponse:
    """薪酬月报表,导出记入“我的导出”和审计日志"""
    return attachment(*exports.take(kind=REPORT, filters={"run": str(run_id)}, by=request.person))


@get(FigureChangeOut, Power.PAY_VIEW, many=True, query=OtherQuery)
def run_changes(request: ApiRequest, run_id: int) -> list[Any]:
    """与同月另一版相比,逐人逐项的差异"""
    run = run_for(request.person, run_id)
    other = next((one for one in versions_of(run) if one.pk == request.asked["other"]), None)
    if other is None:
        raise Unknown("同月没有这一版薪酬月报")
    return changes_between(other, run)


def _explained(slip: PaySlip) -> dict[str, Any]:
    return {
        "slip": slip,
        "lines": slip.explained(),
        "chain": tax_chain(slip),
        "successor": successor_of(slip),
        "corrections": corrections_of(slip),
    }


@get(PaySlipDetailOut, Power.PAY_VIEW)
def slip_detail(request: ApiRequest, slip_id: int) -> dict[str, Any]:
    """一张工资单:每个数怎样算出,累计预扣逐次,冲销、更正以后怎样"""
    return _explained(slip_for(request.person, slip_id))


@get(PaySlipOut, many=True)
def my_slips(request: ApiRequest) -> list[PaySlip]:
    """我的工资单"""
    return own_slips(request.person)


@get(PaySlipDetailOut)
def my_slip(request: ApiRequest, slip_id: int) -> dict[str, Any]:
    """我的一张工资单:每个数怎样算出,冲销、更正以后怎样"""
    return _explained(own_slip(request.person, slip_id))


@post(None, PaySlipOut)
def my_slip_confirm(request: ApiRequest, slip_id: int) -> PaySlip:
    """确认本人的工资单"""
    return actions.confirm_slip(slip_id=slip_id, by=request.person)
