from __future__ import annotations

from django.db.models import Q, QuerySet

from approvals.desk.serializers import (
    AddSignerGiven,
    CopiedToGiven,
    DelegationOut,
    DropSignerGiven,
    RequestLineOut,
    RerouteGiven,
    SigningLentGiven,
    StrayOut,
    TakeOverGiven,
    TransferGiven,
)
from approvals.desk.strays import Stray, stray_of, stray_seats
from approvals.requests import actions
from approvals.requests.models import Request
from approvals.requests.queries import request_for
from approvals.routes.models import Delegation
from branch.people.models import Person
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import Done
from kernel.refusals import Refusal


def _people(staff_nos: list[str]) -> list[Person]:
    found = {person.staff_no: person for person in Person.objects.filter(staff_no__in=staff_nos).select_related("user")}
    missing = [number for number in staff_nos if number not in found]
    if missing:
        raise Refusal(f"没有工号为 {'、'.join(missing)} 的人员,请核对", code="unknown_person")
    return [found[number] for number in dict.fromkeys(staff_nos)]


@post(TakeOverGiven, RequestLineOut)
def request_take_over(request: ApiRequest, number: str) -> Request:
    """接办:发起人不能办理时,由同样有权的人接着办"""
    row = request_for(request.person, number)
    return actions.take_over(request_id=row.pk, reason=request.given["reason"], by=request.person)


@post(TransferGiven, RequestLineOut)
def request_transfer(request: ApiRequest, number: str) -> Request:
    """转交本人的席位"""
    row, given = request_for(request.person, number), request.given
    (to,) = _people([given["to"]])
    return actions.transfer(request_id=row.pk, to=to, reason=given["reason"], seat_id=given["seat"], by=request.person)


@post(AddSignerGiven, RequestLineOut)
def request_add_signer(request: ApiRequest, number: str) -> Request:
    """加签:前、后、并"""
    row, given = request_for(request.person, number), request.given
    people = _people(given["people"])
    told = {"people": people, "how": given["how"], "reason": given["reason"], "seat_id": given["seat"]}
    return actions.add_signer(request_id=row.pk, by=request.person, **told)


@post(DropSignerGiven, RequestLineOut)
def request_drop_signer(request: ApiRequest, number: str) -> Request:
    """减签本人加签或选定、尚未签署的席位"""
    row, given = request_for(request.person, number), request.given
    return actions.drop_signer(request_id=row.pk, seat_id=given["seat"], reason=given["reason"], by=request.person)


@post(CopiedToGiven, RequestLineOut)
def request_copy(request: ApiRequest, number: str) -> Request:
    """抄送"""
    row = request_for(request.person, number)
    actions.copy(request_id=row.pk, people=_people(request.given["people"]), by=request.person)
    return row


@post(None, RequestLineOut)
def request_read(request: ApiRequest, number: str) -> Request:
    """已阅"""
    return actions.mark_read(request_id=request_for(request.person, number).pk, by=request.person)


@get(StrayOut, Power.ROLE_GRANT, many=True)
def stray_list(request: ApiRequest) -> list[Stray]:
    """轮到了、但今天没有人能签的席位,等得最久的在前"""
    return stray_seats()


@post(RerouteGiven, Done, Power.ROLE_GRANT)
def stray_reroute(request: ApiRequest, seat_id: int) -> dict[str, int]:
    """转办一个没有人能签的席位"""
    stray, given = stray_of(seat_id), request.given
    (to,) = _people([given["to"]])
    actions.reroute(request_id=stray.seat.request_id, seat_id=seat_id, to=to, reason=given["reason"], by=request.person)
    return {"count": 1}


@get(DelegationOut, many=True)
def delegation_list(request: ApiRequest) -> QuerySet[Delegation]:
    """本人给出和受托的审批委托"""
    own = Q(principal=request.person) | Q(deputy=request.person)
    return Delegation.objects.filter(own).select_related("principal", "deputy")


@post(SigningLentGiven, DelegationOut, status=201)
def delegation_add(request: ApiRequest) -> Delegation:
    """委托他人代签"""
    given = request.given
    (to,) = _people([given["to"]])
    told = {name: given[name] for name in ("kinds", "since", "until", "reason")}
    return actions.delegate(to=to, by=request.person, **told)


@post(None, DelegationOut)
def delegation_end(request: ApiRequest, delegation_id: int) -> Delegation:
    """提前终止委托"""
    return actions.end_delegation(delegation_id=delegation_id, by=request.person)
