from __future__ import annotations

from typing import Any

from django import forms

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import MonthChoice
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import Done, ReasonGiven
from clients.registry import actions
from clients.registry.forms import ClientFilter, SlipFilter
from clients.registry.models import ClientQuerySet, ConfirmationSlip, ConfirmationSlipQuerySet
from clients.registry.queries import slip_for
from clients.registry.serializers import ClientOut, ConfirmGiven, SlipOut
from kernel.refusals import Refusal


class SlipQuery(SlipFilter):
    """The page's filter; any month may be asked for."""

    month: forms.Field = MonthChoice(label="编号月份")  # type: ignore[assignment]


@get(ClientOut, many=True, order=("client_no", "id"), query=ClientFilter)
def client_list(request: ApiRequest) -> ClientQuerySet:
    """可见的客户"""
    found: ClientQuerySet = request.form.rows(request.person)
    return found


@get(SlipOut, many=True, order=("-month", "branch__code", "number", "id"), query=SlipQuery)
def slip_list(request: ApiRequest) -> ConfirmationSlipQuerySet:
    """可见的客户确认单"""
    found: ConfirmationSlipQuerySet = request.form.rows(request.person)
    return found


@get(SlipOut)
def slip_detail(request: ApiRequest, slip_id: int) -> ConfirmationSlip:
    """一张客户确认单"""
    return slip_for(request.person, slip_id)


@post(ConfirmGiven, Done, Power.RELATION_CONFIRM)
def slip_confirm(request: ApiRequest) -> dict[str, Any]:
    """确认客户关系:整月待核的,或指定的几张"""
    given, ids = request.given, request.given["ids"]
    branch = branch_within(request.person, given["branch"], Power.RELATION_CONFIRM)
    if not ids and given["month"] is None:
        raise Refusal("请给出编号月份或确认单编号", code="nothing_chosen")
    return {"count": actions.confirm_chosen(branches=[branch], month=given["month"], slip_ids=ids, by=request.person)}


@post(ReasonGiven, SlipOut, Power.RELATION_CONFIRM)
def slip_void(request: ApiRequest, slip_id: int) -> ConfirmationSlip:
    """作废一张确认单,号码保留"""
    slip = slip_for(request.person, slip_id)
    actions.void_slip(slip_id=slip.pk, reason=request.given["reason"], by=request.person)
    return slip_for(request.person, slip_id)
