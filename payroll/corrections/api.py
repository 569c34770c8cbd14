from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse

from branch.files.responses import attachment
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven, StampGiven
from kernel.refusals import Unknown
from payroll.corrections import access, queries
from payroll.corrections.actions import corrections, reversals
from payroll.corrections.actions.evidence import open_line_evidence
from payroll.corrections.models import Correction, Reversal
from payroll.corrections.proofs import proof_kept
from payroll.corrections.proposing import Since, since
from payroll.corrections.recomputing import people_of, runs_from
from payroll.corrections.serializers import (
    CorrectionDetailOut,
    CorrectionGiven,
    CorrectionOut,
    OwedOut,
    ReversalOut,
    SinceOut,
    WrongGiven,
)
from payroll.corrections.states import APPROVED, CORRECTION_STATES
from payroll.runs.queries import run_for

FILE = "application/octet-stream"


class CorrectionQuery(forms.Form):
    branch = forms.CharField(label="营业部代码", max_length=20, required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=list(CORRECTION_STATES.items()))


@post(ReasonGiven, ReversalOut, Power.PAY_CORRECT, status=201)
def run_reverse(request: ApiRequest, run_id: int) -> Reversal:
    """申请冲销一份已批准、尚未发放的薪酬月报"""
    run = run_for(request.person, run_id)
    return reversals.ask_reversal(run_id=run.pk, reason=request.given["reason"], by=request.person)


@get(SinceOut, Power.PAY_VIEW)
def run_since(request: ApiRequest, run_id: int) -> Since:
    """核算以后名册和其他来源有哪些变化;发放以前是谁算出来不同,发放以后是可以更正的各项"""
    return since(run_for(request.person, run_id))


@post(None, CorrectionOut, Power.PAY_CORRECT, status=201)
def run_propose(request: ApiRequest, run_id: int) -> Correction:
    """据名册的变化开立更正单,逐项列好"""
    run = run_for(request.person, run_id)
    return corrections.propose_correction(run_id=run.pk, by=request.person)


@get(CorrectionOut, Power.PAY_VIEW, many=True, query=CorrectionQuery)
def correction_list(request: ApiRequest) -> QuerySet[Correction]:
    """可见的更正单,新的在前"""
    paths = {"branch": "branch__code", "state": "state"}
    wanted = {paths[name]: value for name, value in request.asked.items() if value}
    return queries.corrections_for(request.person).filter(**wanted)


@get(OwedOut, Power.PAY_VIEW, many=True)
def arrear_list(request: ApiRequest) -> list[queries.Owed]:
    """尚未扣回的差额,逐人"""
    return queries.arrears_in(branches_visible_to(request.person, Power.PAY_VIEW))


@post(CorrectionGiven, CorrectionOut, Power.PAY_CORRECT, status=201)
def correction_open(request: ApiRequest) -> Correction:
    """为已经发放的月份开立更正单"""
    given = request.given
    branch = branch_within(request.person, given["branch"], Power.PAY_CORRECT)
    return corrections.open_correction(branch=branch, month=given["month"], reason=given["reason"], by=request.person)


def _shown(request: ApiRequest, number: str) -> dict[str, Any]:
    correction = queries.correction_for(request.person, number)
    wrongs = []
    for wrong in queries.wrongs_of(correction):
        line: Any = wrong.line
        line.label, line.has_evidence = wrong.label, line.evidence_id is not None
        wrongs.append(line)
    adjustments = []
    for one in queries.adjustments_of(correction) if correction.state == APPROVED else []:
        row: Any = one.row
        row.standing = one.words
        adjustments.append(row)
    differences = queries.differences_of(correction)
    return {"correction": correction, "wrongs": wrongs, "differences": differences, "adjustments": adjustments}


@get(CorrectionDetailOut, Power.PAY_VIEW)
def correction_detail(request: ApiRequest, number: str) -> dict[str, Any]:
    """一份更正单:错在哪里、逐人差额、补发补扣去向"""
    return _shown(request, number)


@post(WrongGiven, CorrectionDetailOut, Power.PAY_CORRECT)
def correction_line_add(request: ApiRequest, number: str) -> dict[str, Any]:
    """加入一项错误,可附依据文件"""
    correction = queries.correction_for(request.person, number)
    access.may_correct(request.person, correction.branch)
    given = request.given
    person = people_of(runs_from(correction.branch, correction.month)).filter(staff_no=given["staff_no"]).first()
    if person is None:
        raise Unknown(f"这些月份没有工号为 {given['staff_no']} 的人员")
    with proof_kept(given.get("evidence"), by=request.person) as evidence:
        corrections.add_line(
            number=number,
            person_id=person.pk,
            month=given["month"],
            field=given["field"],
            new=given["new"],
            reason=given["reason"],
            evidence=evidence,
            by=request.person,
        )
    return _shown(request, number)


@post(None, CorrectionDetailOut, Power.PAY_CORRECT)
def correction_line_remove(request: ApiRequest, number: str, line_id: int) -> dict[str, Any]:
    """删去一项"""
    queries.correction_for(request.person, number)
    corrections.remove_line(number=number, line_id=line_id, by=request.person)
    return _shown(request, number)


@get(FILE, Power.PAY_VIEW)
def correction_evidence(request: ApiRequest, number: str, line_id: int) -> HttpResponse:
    """一项的依据文件,取走记入审计日志"""
    content, name, _ = open_line_evidence(number=number, line_id=line_id, by=request.person)
    return attachment(content, name, FILE)


@post(None, CorrectionDetailOut, Power.PAY_CORRECT)
def correction_compute(request: ApiRequest, number: str) -> dict[str, Any]:
    """重算各月并比较"""
    queries.correction_for(request.person, number)
    corrections.compute_correction(number=number, by=request.person)
    return _shown(request, number)


@post(StampGiven, CorrectionOut, Power.PAY_CORRECT)
def correction_send_up(request: ApiRequest, number: str) -> Correction:
    """送审"""
    queries.correction_for(request.person, number)
    corrections.send_correction(number=number, by=request.person, seen=request.given["seen"])
    return queries.correction_for(request.person, number)


@post(ReasonGiven, CorrectionOut, Power.PAY_CORRECT)
def correction_void(request: ApiRequest, number: str) -> Correction:
    """作废没有送审的更正单"""
    queries.correction_for(request.person, number)
    corrections.void_correction(number=number, reason=request.given["reason"], by=request.person)
    return queries.correction_for(request.person, number)
