"""Moves, leavings and handover lists: read, planned, filed, arranged and signed."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from branch.org.models import Group, Outlet
from branch.people.models import Person
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.rest.serializers import NothingGiven, ReasonGiven
from kernel.refusals import Unknown
from teams.plans.moves import access, actions, handing, queries
from teams.plans.moves.actions import Wish
from teams.plans.moves.forms import LeavingFilter, LineFilter, MoveFilter
from teams.plans.moves.models import Handover, HandoverLine, Leaving, Move
from teams.plans.moves.serializers import (
    AssignedOut,
    AssignGiven,
    HandoverDetailOut,
    HandoverLineOut,
    HandoverOut,
    HandoverSignGiven,
    LeavingBindingsOut,
    LeavingChanged,
    LeavingFiled,
    LeavingOut,
    MoveChanged,
    MoveGiven,
    MoveOut,
    RefreshedOut,
    StandInGiven,
    WitnessGiven,
)


@get(MoveOut, when=access.sees_moves, many=True, query=MoveFilter)
def move_list(request: ApiRequest) -> QuerySet[Move]:
    """可见的调动"""
    return queries.moves_for(request.person, **request.asked).select_related("accepted_by")


@post(MoveGiven, MoveOut, Power.PLAN_EDIT, status=201)
def move_plan(request: ApiRequest) -> Move:
    """拟调动"""
    given = dict(request.given)
    person = _among(queries.people_to_plan_for(request.person), given.pop("person"))
    return actions.plan_move(person=person, wish=_wish(request), by=request.person)


def _wish(request: ApiRequest) -> Wish:
    given, me = request.given, request.person
    group = _one(queries.groups_to_move_to(me), given["group"]) if given["group"] else None
    outlet = _one(queries.outlets_to_move_to(me), given["outlet"]) if given["outlet"] else None
    return Wish(given["effective_on"], given["reason"], group, outlet)


@get(MoveOut, when=access.sees_moves)
def move_detail(request: ApiRequest, move_id: int) -> Move:
    """一次调动"""
    return queries.move_for(request.person, move_id)


@post(MoveChanged, MoveOut, Power.PLAN_EDIT)
def move_edit(request: ApiRequest, move_id: int) -> Move:
    """修改不在审批中的调动"""
    move = queries.move_for(request.person, move_id)
    access.require_may_change(request.person, move)
    return actions.edit_move(move_id=move.pk, wish=_wish(request), by=request.person, seen=request.given["seen"])


@post(ReasonGiven, MoveOut, Power.PLAN_EDIT)
def move_withdraw(request: ApiRequest, move_id: int) -> Move:
    """撤回调动的报批"""
    move = queries.move_for(request.person, move_id)
    return actions.take_move_back(move_id=move.pk, by=request.person, **request.given)


@post(NothingGiven, MoveOut, Power.PLAN_EDIT)
def move_effect(request: ApiRequest, move_id: int) -> Move:
    """调动生效:交接清单签完后,其他未了事项办完了再试一次"""
    move = queries.move_for(request.person, move_id)
    access.require_may_change(request.person, move)
    return handing.take_effect(move_id=move.pk, by=request.person)


@post(NothingGiven, MoveOut, Power.PLAN_EDIT)
def move_accept(request: ApiRequest, move_id: int) -> Move:
    """接收团队同意接收"""
    return actions.accept_move(move_id=queries.move_for(request.person, move_id).pk, by=request.person)


@post(NothingGiven, MoveOut, Power.PLAN_EDIT)
def move_send(request: ApiRequest, move_id: int) -> Move:
    """调动报批"""
    return actions.send_move_up(move_id=queries.move_for(request.person, move_id).pk, by=request.person)


@post(ReasonGiven, MoveOut, Power.PLAN_EDIT)
def move_cancel(request: ApiRequest, move_id: int) -> Move:
    """撤销调动"""
    move = queries.move_for(request.person, move_id)
    return actions.cancel_move(move_id=move.pk, by=request.person, **request.given)


@get(LeavingOut, when=access.sees_moves, many=True, query=LeavingFilter)
def leaving_list(request: ApiRequest) -> QuerySet[Leaving]:
    """可见的离职"""
    return queries.leavings_for(request.person, **request.asked).select_related("closed_by")


@post(LeavingFiled, LeavingOut, when=access.may_file, status=201)
def leaving_file(request: ApiRequest) -> Leaving:
    """提出离职"""
    given = dict(request.given)
    person = _among(queries.people_to_plan_for(request.person, themselves=True), given.pop("person"))
    return actions.file_leaving(person=person, by=request.person, **given)


@get(LeavingOut, when=access.sees_moves)
def leaving_detail(request: ApiRequest, leaving_id: int) -> Leaving:
    """一次离职"""
    return queries.leaving_for(request.person, leaving_id)


@post(LeavingChanged, LeavingOut, when=access.may_file)
def leaving_edit(request: ApiRequest, leaving_id: int) -> Leaving:
    """修改不在审批中的离职"""
    leaving = queries.leaving_for(request.person, leaving_id)
    access.require_may_revise(request.person, leaving)
    return actions.edit_leaving(leaving_id=leaving.pk, by=request.person, **request.given)


@post(ReasonGiven, LeavingOut, when=access.may_file)
def leaving_withdraw(request: ApiRequest, leaving_id: int) -> Leaving:
    """撤回离职的报批"""
    leaving = queries.leaving_for(request.person, leaving_id)
    return actions.take_leaving_back(leaving_id=leaving.pk, by=request.person, **request.given)


@get(LeavingBindingsOut, when=access.sees_moves)
def leaving_bindings(request: ApiRequest, leaving_id: int) -> dict[str, Any]:
    """离职人员的未了事项"""
    found = queries.bindings_of(queries.leaving_for(request.person, leaving_id))
    return {"bindings": [one for one in found if one.told_to(request.person)]}


@post(NothingGiven, LeavingOut, when=access.may_file)
def leaving_send(request: ApiRequest, leaving_id: int) -> Leaving:
    """离职报批"""
    return actions.send_leaving_up(leaving_id=queries.leaving_for(request.person, leaving_id).pk, by=request.person)


@post(ReasonGiven, LeavingOut, when=access.may_file)
def leaving_cancel(request: ApiRequest, leaving_id: int) -> Leaving:
    """撤销离职"""
    leaving = queries.leaving_for(request.person, leaving_id)
    return actions.cancel_leaving(leaving_id=leaving.pk, by=request.person, **request.given)


@post(NothingGiven, LeavingOut, Power.ROSTER_IMPORT)
def leaving_close(request: ApiRequest, leaving_id: int) -> Leaving:
    """离职办结"""
    return actions.close_leaving(leaving_id=queries.leaving_for(request.person, leaving_id).pk, by=request.person)


@get(HandoverOut, when=access.sees_moves, many=True)
def handover_list(request: ApiRequest) -> QuerySet[Handover]:
    """可见的客户交接清单"""
    return Handover.objects.visible_to(request.person).select_related("branch", "giver", "witness")


@get(HandoverDetailOut, when=access.sees_moves)
def handover_detail(request: ApiRequest, handover_id: int) -> dict[str, Any]:
    """一份交接清单:签字、户数和本人要签的内容散列"""
    handover, me = queries.handover_for(request.person, handover_id), request.person
    tally = queries.tally_of(handover)
    parties, digest = queries.parties_of(handover, tally), queries.digest_for(me, handover, tally)
    return {"handover": handover, "parties": parties, "tally": tally, "digest": digest}


@get(HandoverLineOut, when=access.sees_moves, many=True, query=LineFilter)
def handover_lines(request: ApiRequest, handover_id: int) -> QuerySet[HandoverLine]:
    """交接清单上的客户;接收人只见移交给本人的"""
    handover = queries.handover_for(request.person, handover_id)
    return queries.lines_for(request.person, handover, **request.asked).order_by()


@post(AssignGiven, AssignedOut, Power.PLAN_EDIT)
def handover_assign(request: ApiRequest, handover_id: int) -> dict[str, int]:
    """安排客户的去向"""
    handover = queries.handover_for(request.person, handover_id)
    given = dict(request.given)
    receiver = _among(queries.receivers_for(handover), given["receiver"]) if given["receiver"] else None
    act = {"handover_id": handover.pk, "decision": given["decision"], "receiver": receiver, "line_ids": given["lines"]}
    return {"count": handing.assign(**act, by=request.person)}


@post(NothingGiven, RefreshedOut, Power.PLAN_EDIT)
def handover_refresh(request: ApiRequest, handover_id: int) -> dict[str, int]:
    """更新清单:收入后来的客户,去掉已不归移交人的"""
    handover = queries.handover_for(request.person, handover_id)
    come, gone = handing.refresh(handover_id=handover.pk, by=request.person)
    return {"come": come, "gone": gone}


@post(WitnessGiven, HandoverOut, Power.PLAN_EDIT)
def handover_witness(request: ApiRequest, handover_id: int) -> Handover:
    """更换监交人"""
    handover = queries.handover_for(request.person, handover_id)
    witness = _among(queries.witnesses_for(handover), request.given["witness"])
    return handing.choose_witness(handover_id=handover.pk, witness=witness, by=request.person)


@post(ReasonGiven, HandoverOut, Power.PLAN_EDIT)
def handover_anew(request: ApiRequest, handover_id: int) -> Handover:
    """重新安排:已签的字作废"""
    handover = queries.handover_for(request.person, handover_id)
    return handing.begin_anew(handover_id=handover.pk, by=request.person, **request.given)


@post(StandInGiven, HandoverOut, Power.PLAN_EDIT)
def handover_stand_in(request: ApiRequest, handover_id: int) -> Handover:
    """代离职的移交人签字"""
    handover, given = queries.handover_for(request.person, handover_id), request.given
    return handing.sign_for_absent(
        handover_id=handover.pk, reason=given["reason"], seen_digest=given["digest"], by=request.person
    )


@post(HandoverSignGiven, HandoverOut, when=access.sees_moves)
def handover_sign(request: ApiRequest, handover_id: int) -> Handover:
    """在交接清单上签字"""
    handover = queries.handover_for(request.person, handover_id)
    return handing.sign(handover_id=handover.pk, seen_digest=request.given["digest"], by=request.person)


def _among(people: QuerySet[Person], staff_no: str) -> Person:
    found = people.filter(staff_no=staff_no).first()
    if found is None:
        raise Unknown("没有这个人,或不在您可以办理的范围内")
    return found


def _one(rows: QuerySet[Group] | QuerySet[Outlet], pk: int) -> Any:
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Unknown("没有这个去向")
    return found
