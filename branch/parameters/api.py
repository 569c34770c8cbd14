from __future__ import annotations

from django import forms
from django.utils import timezone

from branch.parameters import actions, queries, rules
from branch.parameters.models import ParameterValue
from branch.parameters.serializers import PaperGiven, ProposalGiven, ValueOut
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from kernel.refusals import Unknown


class DayQuery(forms.Form):
    on = forms.DateField(label="日期", required=False, help_text="留空为今天")


def _rows(lines: list[queries.Line]) -> list[ParameterValue]:
    return [line.row for line in lines]


def _history(code: str) -> list[ParameterValue]:
    found = _rows(queries.history(code))
    if not found:
        raise Unknown("没有这个参数")
    return found


@get(ValueOut, Power.PARAMETER_VIEW, many=True, query=DayQuery)
def parameter_list(request: ApiRequest) -> list[ParameterValue]:
    """每个参数某日生效的数值(没有则最近的一个)"""
    found = _rows(queries.in_force(request.asked["on"] or timezone.localdate()))
    return sorted(found, key=lambda row: (rules.group_order(rules.group_of(row.code)), row.code))


@get(ValueOut, Power.PARAMETER_VIEW, many=True)
def proposal_list(request: ApiRequest) -> list[ParameterValue]:
    """等待第二人确认的提议"""
    return _rows(queries.proposals())


@get(ValueOut, Power.PARAMETER_VIEW, many=True)
def parameter_history(request: ApiRequest, code: str) -> list[ParameterValue]:
    """一个参数的全部数值,新的在前"""
    return _history(code)


@post(ProposalGiven, ValueOut, Power.PARAMETER_PROPOSE, status=201)
def parameter_propose(request: ApiRequest, code: str) -> ParameterValue:
    """提议新的数值,由第二人确认后生效"""
    former, given = _history(code)[0], dict(request.given)
    value = rules.read_value(given.pop("value"), former.value)
    return actions.propose(code=code, value=value, by=request.person, **given)


@post(PaperGiven, ValueOut, Power.PARAMETER_CONFIRM)
def parameter_confirm(request: ApiRequest, value_id: int) -> ParameterValue:
    """凭批准文号确认一项提议"""
    return actions.confirm(value_id=value_id, paper_no=request.given["paper_no"], by=request.person)


@post(ReasonGiven, ValueOut, Power.PARAMETER_CONFIRM, Power.PARAMETER_PROPOSE)
def parameter_reject(request: ApiRequest, value_id: int) -> ParameterValue:
    """不采纳一项提议,或撤回本人的提议"""
    return actions.reject(value_id=value_id, reason=request.given["reason"], by=request.person)
