from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse

from branch.files.responses import attachment
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from payroll.corrections import access
from payroll.corrections.actions import settlements
from payroll.corrections.actions.evidence import open_settlement_evidence
from payroll.corrections.actions.settlements import Settling
from payroll.corrections.forms import ALL, LeaverFilter
from payroll.corrections.leavers import Leaver, leaver_for, settlement_for, settlements_for
from payroll.corrections.models import OutsideSettlement, SettlementQuerySet
from payroll.corrections.proofs import proof_kept
from payroll.corrections.serializers import LeaverDetailOut, LeaverOut, SettlementGiven, SettlementOut
from payroll.corrections.states import SETTLEMENT
from payroll.corrections.unpaid import unpaid_for

FILE = "application/octet-stream"


class LeaverQuery(forms.Form):
    branch = forms.CharField(label="营业部代码", max_length=20, required=False)
    show = forms.ChoiceField(label="显示", required=False, choices=[("waiting", "有登记待确认的"), (ALL, "全部")])


class SettlementQuery(forms.Form):
    branch = forms.CharField(label="营业部代码", max_length=20, required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=list(SETTLEMENT.states.items()))


@get(LeaverOut, Power.PAY_VIEW, many=True, query=LeaverQuery)
def leaver_list(request: ApiRequest) -> list[Leaver]:
    """离职人员的未结余额,逐人"""
    found = LeaverFilter({"show": request.asked["show"]}, person=request.person).rows(request.person)
    code = request.asked["branch"]
    return [one for one in found if not code or one.branch.code == code]


def _shown(request: ApiRequest, leaver: Leaver) -> dict[str, Any]:
    rows = settlements_for(request.person).filter(person=leaver.person_id)
    return {"leaver": leaver, "items": leaver.items, "settlements": list(rows)}


@get(LeaverDetailOut, Power.PAY_VIEW)
def leaver_detail(request: ApiRequest, slip_id: int) -> dict[str, Any]:
    """一位离职人员的各项余额、递延各期和登记记录"""
    return _shown(request, leaver_for(request.person, slip_id))


@get(LeaverDetailOut, Power.PAY_VIEW)
def unpaid_detail(request: ApiRequest, adjustment_id: int) -> dict[str, Any]:
    """一位离职人员的余额,从来没有工资单的,按补发补扣"""
    return _shown(request, unpaid_for(request.person, adjustment_id))


@get(SettlementOut, Power.PAY_VIEW, many=True, query=SettlementQuery)
def settlement_list(request: ApiRequest) -> SettlementQuerySet:
    """线下结清的登记,新的在前"""
    paths = {"branch": "branch__code", "state": "state"}
    wanted = {paths[name]: value for name, value in request.asked.items() if value}
    return settlements_for(request.person).filter(**wanted)


@post(SettlementGiven, SettlementOut, Power.PAY_CORRECT, status=201)
def settlement_propose(request: ApiRequest, slip_id: int) -> OutsideSettlement:
    """登记一项余额已在工资以外结清,由第二人确认"""
    return _propose(request, leaver_for(request.person, slip_id))


@post(SettlementGiven, SettlementOut, Power.PAY_CORRECT, status=201)
def unpaid_settle(request: ApiRequest, adjustment_id: int) -> OutsideSettlement:
    """登记一项余额已在工资以外结清,从来没有工资单的人"""
    return _propose(request, unpaid_for(request.person, adjustment_id))


def _propose(request: ApiRequest, leaver: Leaver) -> OutsideSettlement:
    access.may_propose_settlement(request.person, leaver.branch)
    given = request.given
    slip_id = leaver.slip.pk if leaver.slip else None
    with proof_kept(given.get("evidence"), by=request.person) as evidence:
        settling = Settling(
            given["amount"], given["day"], given["how"], given["reason"], given["voucher"], evidence, given.get("tax")
        )
        found = settlements.propose_settlement(slip_id=slip_id, key=given["item"], given=settling, by=request.person)
    return settlement_for(request.person, found.pk)


@post(None, SettlementOut, Power.PAY_SIGN)
def settlement_confirm(request: ApiRequest, settlement_id: int) -> OutsideSettlement:
    """第二人确认线下结清"""
    found = settlement_for(request.person, settlement_id)
    settlements.confirm_settlement(settlement_id=found.pk, by=request.person)
    return settlement_for(request.person, settlement_id)


@post(ReasonGiven, SettlementOut, *access.SETTLEMENT_DOOR)
def settlement_reject(request: ApiRequest, settlement_id: int) -> OutsideSettlement:
    """退回或撤回一笔登记"""
    found = settlement_for(request.person, settlement_id)
    settlements.reject_settlement(settlement_id=found.pk, reason=request.given["reason"], by=request.person)
    return settlement_for(request.person, settlement_id)


@get(FILE, Power.PAY_VIEW)
def settlement_evidence(request: ApiRequest, settlement_id: int) -> HttpResponse:
    """一笔登记的依据文件,取走记入审计日志"""
    content, name, _ = open_settlement_evidence(settlement_id=settlement_id, by=request.person)
    return attachment(content, name, FILE)
