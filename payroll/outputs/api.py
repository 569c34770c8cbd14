"""What the pages of outputs show; the files are taken as exports."""

from __future__ import annotations

from typing import Any

from django import forms

from branch.people.roles import Power
from branch.rest.endpoints import get
from branch.rest.filters import MonthChoice
from branch.rest.requests import ApiRequest
from kernel.refusals import Unknown
from payroll.outputs import company, queries
from payroll.outputs.serializers import CompanyTotalsOut, OutputsOut
from payroll.runs.queries import run_for


class MonthQuery(forms.Form):
    month = MonthChoice(label="所属月份", help_text="留空为最近一个有已批准月报的月份")


@get(OutputsOut, Power.PAY_EXPORT, Power.PAY_ISSUE)
def run_outputs(request: ApiRequest, run_id: int) -> dict[str, Any]:
    """一份已批准月报的各种输出是否一致"""
    run = run_for(request.person, run_id)
    queries.require_ready(run)
    checked = queries.month_of(run).checked
    checks = [
        {"label": one.label, "holds": one.holds, "papers": [{"paper": paper, "value": value} for paper, value in one.values]}
        for one in checked.checks
    ]
    return {"holds": checked.holds, "checks": checks, "faults": checked.faults}


@get(CompanyTotalsOut, Power.CLOSE_VIEW, query=MonthQuery)
def company_totals(request: ApiRequest) -> dict[str, Any]:
    """公司薪酬汇总:已批准月份各营业部的合计"""
    months = company.months_with_totals()
    month = request.asked["month"] or (months[0] if months else None)
    if month is not None and month not in months:
        raise Unknown(f"{month.label}还没有已批准的薪酬月报")
    rows = company.totals_of(month) if month else []
    return {"month": month, "rows": rows, "total": company.summed(rows)}
