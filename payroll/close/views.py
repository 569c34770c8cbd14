"""The company's page: every branch's month, the close that reckons them, who is late and a word to them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from branch.paging import page_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.months import Month
from kernel.refusals import Refusal, Unknown, allows
from payroll.close import access, actions, queries
from payroll.close.forms import CloseFilter, MonthOnly, RemindForm

PAGE = 50


def _asked(request: PersonRequest) -> CloseFilter:
    access.may_view(request.person)
    form = CloseFilter(request.GET)
    if not form.is_valid():
        raise Unknown("没有这个月份或这种进度")
    return form


def _context(request: PersonRequest) -> dict[str, Any]:
    form = _asked(request)
    month: Month = form.cleaned_data["month"]
    board = queries.board(month)
    lines = form.chosen(board.lines)
    may_run = allows(access.may_run, request.person)
    return {
        "title": f"{month.label}公司月结",
        "crumbs": [("薪酬与考核", ""), ("公司月结", "")],
        "filters": form,
        "month": month,
        "board": board,
        "close": board.close,
        "running": board.close is not None and board.close.is_running,
        "page": page_of(request, lines, size=PAGE),
        "summed": queries.summed(board, lines),
        "in_close": board.in_close,
        "may_run": may_run,
        "late": sum(line.is_late for line in board.lines),
        "start_label": "再次发起" if board.close else "发起月结",
        "start_title": f"发起{month.label}公司月结({board.unready} 家未核算)",
        "cancel_title": f"取消{month.label}公司月结",
    }


@require_GET
@door(Power.CLOSE_VIEW)
def company_close(request: PersonRequest) -> HttpResponse:
    """公司月结 of a month, also when nobody has started one: it is read off what the branches have."""
    return render(request, "payroll/close/company.html", _context(request))


@require_GET
@door(Power.CLOSE_VIEW)
def company_close_part(request: PersonRequest) -> HttpResponse:
    """The moving part alone, asked for while a close runs; when it has ended the page is loaded afresh."""
    context = _context(request)
    response = render(request, "payroll/close/_board.html", context)
    if not context["running"]:
        response["HX-Refresh"] = "true"
    return response


def _back(month: Month) -> HttpResponseRedirect:
    return redirect(f"{reverse('payroll:company-close')}?month={month}")


def _month(request: PersonRequest) -> Month:
    form = MonthOnly(request.POST)
    if not form.is_valid():
        raise Refusal("请选择所属月份")
    month: Month = form.cleaned_data["month"]
    return month


@require_POST
@door(Power.CLOSE_RUN)
def company_close_start(request: PersonRequest) -> HttpResponse:
    """发起."""
    close = actions.start(month=_month(request), by=request.person)
    messages.success(request, f"已发起{close.month.label}公司月结,各营业部排队核算;可以离开本页,结束后会发消息给您")
    return _back(close.month)


@require_POST
@door(Power.CLOSE_RUN)
def company_close_cancel(request: PersonRequest) -> HttpResponse:
    """取消 what hasn't begun."""
    close = actions.cancel(month=_month(request), by=request.person)
    messages.success(request, f"已取消{close.month.label}公司月结:未开始的营业部不再核算,正在核算的算完为止")
    return _back(close.month)


@require_POST
@door(Power.CLOSE_RUN)
def company_close_remind(request: PersonRequest) -> HttpResponse:
    """提醒 one branch, or all that the month waits for."""
    form = RemindForm(request.POST)
    if not form.is_valid():
        raise Refusal("请选择所属月份和营业部")
    month, code = form.cleaned_data["month"], form.cleaned_data["branch"]
    codes = [code] if code else [line.branch.code for line in queries.board(month).lines]
    told, before = actions.remind(month=month, codes=codes, by=request.person)
    if told:
        messages.success(request, f"已提醒 {len(told)} 家营业部的财务" + (f";{len(before)} 家今天已提醒过" if before else ""))
    else:
        messages.info(request, f"{'、'.join(before[:5])}今天已提醒过,明天可以再提醒")
    return _back(month)
