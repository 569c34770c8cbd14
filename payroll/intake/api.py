"""Opening balances and monthly inputs; the tax modes are in `tax_mode_api`."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from branch.exports import actions as exports
from branch.files.responses import XLSX, attachment
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchMonthQuery
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven, StampGiven
from kernel.months import Month
from kernel.seen import Overtaken
from payroll.intake import access, actions, queries, sheets
from payroll.intake.exports import INPUTS as INPUTS_FILE
from payroll.intake.exports import OPENING as OPENING_FILE
from payroll.intake.models import InputSheet, OpeningBalance, OpeningSet
from payroll.intake.serializers import (
    BalanceOut,
    FileGiven,
    MonthInputsOut,
    OpeningDetailOut,
    OpeningOut,
    ProposedOut,
    SeenGiven,
    SheetDetailOut,
    SheetOut,
)


def _last_month() -> Month:
    return Month.of(timezone.localdate()).previous


@get(OpeningOut, *access.OPENING_DOOR, many=True)
def opening_list(request: ApiRequest) -> QuerySet[OpeningSet]:
    """期初余额的各份文件,新的在前"""
    return OpeningSet.objects.visible_to(request.person).select_related("branch", "file", "proposed_by", "confirmed_by")


@post(FileGiven, ProposedOut, Power.OPENING_IMPORT, status=201)
def opening_import(request: ApiRequest) -> Any:
    """上传期初余额;没有错误的等待第二人确认"""
    given = request.given
    branch, file = branch_within(request.person, given["branch"], Power.OPENING_IMPORT), given["file"]
    return actions.propose_opening(content=file.read(), name=file.name, branch=branch, by=request.person, month=given["month"])


@get(OpeningDetailOut, *access.OPENING_DOOR)
def opening_detail(request: ApiRequest, opening_id: int) -> OpeningSet:
    """一份期初余额及预检结果"""
    return queries.opening_set(request.person, opening_id)


@get(BalanceOut, *access.OPENING_DOOR, many=True, order=("person__staff_no",))
def opening_balances(request: ApiRequest, opening_id: int) -> QuerySet[OpeningBalance]:
    """一份期初余额的逐人余额"""
    return queries.opening_set(request.person, opening_id).balances.select_related("person")


@post(SeenGiven, OpeningOut, Power.OPENING_CONFIRM)
def opening_confirm(request: ApiRequest, opening_id: int) -> OpeningSet:
    """第二人确认期初余额,确认后不能再改"""
    opening = queries.opening_set(request.person, opening_id)
    return actions.confirm_opening(opening_id=opening.pk, seen_digest=request.given["seen_digest"], by=request.person)


@post(ReasonGiven, OpeningOut, Power.OPENING_CONFIRM, Power.OPENING_IMPORT)
def opening_reject(request: ApiRequest, opening_id: int) -> OpeningSet:
    """退回或撤回一份期初余额"""
    opening = queries.opening_set(request.person, opening_id)
    return actions.reject_opening(opening_id=opening.pk, reason=request.given["reason"], by=request.person)


@get(XLSX, Power.OPENING_IMPORT, query=BranchMonthQuery)
def opening_template(request: ApiRequest) -> HttpResponse:
    """期初余额模板,带上首月以前入职的人员"""
    branch = branch_within(request.person, request.asked["branch"], Power.OPENING_IMPORT)
    month = request.asked["month"] or _last_month()
    return attachment(sheets.opening_template(queries.people_for_opening(branch, month)), f"期初_{month}.xlsx")


@get(XLSX, *access.OPENING_DOOR)
def opening_source(request: ApiRequest, opening_id: int) -> HttpResponse:
    """上传的原件,取走记入“我的导出”和审计日志"""
    return attachment(*exports.take(kind=OPENING_FILE, filters={"opening": str(opening_id)}, by=request.person))


@get(XLSX, *access.OPENING_DOOR)
def opening_errors(request: ApiRequest, opening_id: int, kind: str) -> HttpResponse:
    """带错误原因列的一张表(kind:employee、broker),取走记入“我的导出”和审计日志"""
    filters = {"opening": str(opening_id), "errors": kind}
    return attachment(*exports.take(kind=OPENING_FILE, filters=filters, by=request.person))


@get(MonthInputsOut, *access.INPUT_DOOR, query=BranchMonthQuery)
def inputs_of_month(request: ApiRequest) -> dict[str, Any]:
    """一个月的核算输入:已导入的各行、缺的人员和缺的项目"""
    branch = branch_within(request.person, request.asked["branch"], *access.INPUT_DOOR)
    month = request.asked["month"] or _last_month()
    view = queries.month_view(branch, month)
    return {
        "branch": branch,
        "month": month,
        "sheet": view.sheet,
        "rows": [row for row, _ in view.rows],
        "missing": [engagement.person for engagement in view.missing],
        "incomplete": [{"person": row.person, "cells": cells} for row, cells in view.incomplete],
    }


@post(FileGiven, SheetDetailOut, Power.INPUTS_IMPORT, status=201)
def input_import(request: ApiRequest) -> InputSheet:
    """上传核算输入并预检;确认之前不导入"""
    given = request.given
    branch, file = branch_within(request.person, given["branch"], Power.INPUTS_IMPORT), given["file"]
    return actions.check_inputs(content=file.read(), name=file.name, branch=branch, by=request.person, month=given["month"])


@get(SheetOut, *access.INPUT_DOOR, many=True)
def input_sheets(request: ApiRequest) -> QuerySet[InputSheet]:
    """上传过的核算输入,新的在前"""
    return InputSheet.objects.visible_to(request.person).select_related("branch", "file", "imported_by")


@get(SheetDetailOut, *access.INPUT_DOOR)
def input_sheet(request: ApiRequest, sheet_id: int) -> InputSheet:
    """一份核算输入及预检结果"""
    return queries.input_sheet(request.person, sheet_id)


@post(StampGiven, SheetDetailOut, Power.INPUTS_IMPORT)
def input_book(request: ApiRequest, sheet_id: int) -> InputSheet:
    """确认导入,替换这个月原有的核算输入"""
    sheet = queries.input_sheet(request.person, sheet_id)
    try:
        return actions.book_inputs(sheet_id=sheet.pk, by=request.person, seen=request.given["seen"])
    except Overtaken:
        actions.recheck_inputs(sheet_id=sheet.pk, by=request.person)  # so that reading it again compares with the colleague's
        raise


@post(None, SheetDetailOut, Power.INPUTS_IMPORT)
def input_drop(request: ApiRequest, sheet_id: int) -> InputSheet:
    """放弃一份预检过的核算输入"""
    return actions.drop_inputs(sheet_id=queries.input_sheet(request.person, sheet_id).pk, by=request.person)


@get(XLSX, Power.INPUTS_IMPORT, query=BranchMonthQuery)
def input_template(request: ApiRequest) -> HttpResponse:
    """核算输入模板,带上当月在职人员"""
    branch = branch_within(request.person, request.asked["branch"], Power.INPUTS_IMPORT)
    month = request.asked["month"] or _last_month()
    return attachment(sheets.input_template(queries.people_for_template(branch, month)), f"核算输入_{month}.xlsx")


@get(XLSX, *access.INPUT_DOOR)
def input_source(request: ApiRequest, sheet_id: int) -> HttpResponse:
    """上传的原件,取走记入“我的导出”和审计日志"""
    return attachment(*exports.take(kind=INPUTS_FILE, filters={"sheet": str(sheet_id)}, by=request.person))


@get(XLSX, *access.INPUT_DOOR)
def input_errors(request: ApiRequest, sheet_id: int) -> HttpResponse:
    """带错误原因列的原表,取走记入“我的导出”和审计日志"""
    filters = {"sheet": str(sheet_id), "errors": "all"}
    return attachment(*exports.take(kind=INPUTS_FILE, filters=filters, by=request.person))
