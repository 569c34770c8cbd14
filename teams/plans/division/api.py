"""Who shares which client; proposals made, answered, changed and taken back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from clients.registry.dividing import Shares
from clients.registry.models import DivisionQuerySet
from kernel.refusals import Refusal
from teams.plans.division import access, actions, queries, rules
from teams.plans.division.actions import Wish
from teams.plans.division.forms import DivisionFilter, clients_named
from teams.plans.division.models import DivisionProposal
from teams.plans.division.serializers import (
    AnswerGiven,
    DivisionProposalGiven,
    DivisionProposalOut,
    DivisionRowOut,
    ProposalChangeGiven,
    ProposalDetailOut,
    ProposalDropGiven,
)


class ProposalQuery(forms.Form):
    waiting = forms.BooleanField(label="只看待我确认的", required=False)


@get(DivisionRowOut, when=access.sees_clients, many=True, order=("client__client_no", "-from_month", "id"), query=DivisionFilter)
def division_list(request: ApiRequest) -> DivisionQuerySet:
    """可见的客户分工,默认只列现行的"""
    found: DivisionQuerySet = request.form.rows(request.person)
    return found


@get(DivisionProposalOut, when=access.sees_clients, many=True, query=ProposalQuery)
def proposal_list(request: ApiRequest) -> QuerySet[DivisionProposal]:
    """可见的分工申请,新的在前"""
    rows = queries.proposals_for(request.person)
    return rows.waiting_for(request.person) if request.asked["waiting"] else rows


@post(DivisionProposalGiven, ProposalDetailOut, Power.PLAN_EDIT, status=201)
def proposal_add(request: ApiRequest) -> DivisionProposal:
    """申请分工或解除分工;双方确认后自动报送审批"""
    branch = branch_within(request.person, request.given["branch"], Power.PLAN_EDIT)
    row = actions.propose(branch=branch, wish=_wish(request, branch), by=request.person)
    return _shown(request, row.pk)


@get(ProposalDetailOut, when=access.sees_clients)
def proposal_detail(request: ApiRequest, proposal_id: int) -> DivisionProposal:
    """一份分工申请和它的客户"""
    return _shown(request, proposal_id)


@post(ProposalChangeGiven, ProposalDetailOut, Power.PLAN_EDIT)
def proposal_edit(request: ApiRequest, proposal_id: int) -> DivisionProposal:
    """修改被退回的申请,再次征求双方意见"""
    row = queries.proposal_for(request.person, proposal_id)
    access.require_maker(request.person, row)
    wish = _wish(request, row.branch)
    actions.edit_proposal(proposal_id=row.pk, wish=wish, by=request.person, seen=request.given["seen"])
    return _shown(request, row.pk)


@post(AnswerGiven, ProposalDetailOut, when=access.sees_clients)
def proposal_answer(request: ApiRequest, proposal_id: int) -> DivisionProposal:
    """开发人或服务人同意、不同意"""
    row, given = queries.proposal_for(request.person, proposal_id), request.given
    if given["act"] == "agree":
        actions.agree(proposal_id=row.pk, by=request.person, seen=given["seen"])
    else:
        actions.decline(proposal_id=row.pk, reason=given["reason"], by=request.person)
    return _shown(request, row.pk)


@post(ProposalDropGiven, ProposalDetailOut, Power.PLAN_EDIT)
def proposal_drop(request: ApiRequest, proposal_id: int) -> DivisionProposal:
    """发起人撤回申请"""
    row = queries.proposal_for(request.person, proposal_id)
    actions.drop(proposal_id=row.pk, reason=request.given["reason"], by=request.person)
    return _shown(request, row.pk)


def _shown(request: ApiRequest, proposal_id: int) -> DivisionProposal:
    row: Any = queries.proposal_for(request.person, proposal_id)
    row.lines = queries.clients_of(row)
    found: DivisionProposal = row
    return found


def _wish(request: ApiRequest, branch: Branch) -> Wish:
    given = request.given
    clients = clients_named(request.person, branch, " ".join(given["clients"]))
    shares = None if given["ends"] else _shares(given, branch)
    return Wish(clients, given["from_month"], given["reason"], given["early_reason"], shares)


def _shares(given: dict[str, Any], branch: Branch) -> Shares:
    if given["developer_percent"] is None or given["service_percent"] is None:
        raise Refusal("请给出开发人和服务人的比例", code="no_percent")
    rules.require_sum(given["developer_percent"], given["service_percent"])
    staff = {person.staff_no: person for person in queries.staff_of([branch])}
    developer, service_person = (_named(staff, given[name]) for name in ("developer", "service_person"))
    return Shares(developer, service_person, given["developer_percent"], given["from_month"], given["to_month"])


def _named(staff: dict[str, Person], staff_no: str) -> Person:
    if staff_no not in staff:
        raise Refusal(f"工号 {staff_no or '(空)'} 不是本营业部的在职人员", code="not_here")
    return staff[staff_no]
