"""Rule documents, with the pages' doors and acts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from branch.files.papers import MEDIA_TYPES
from branch.files.responses import attachment
from branch.org.models import Branch, Team
from branch.people.choices import branches_of
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.places import chosen
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from kernel.refusals import Unknown
from teams.plans.rulebooks import access, actions, queries
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.rulebooks.serializers import (
    RuleChangeGiven,
    RuleDocumentDetailOut,
    RuleDocumentOut,
    RuleFileGiven,
    RuleGiven,
    RulePaperGiven,
)


@get(RuleDocumentOut, *access.DOOR, many=True)
def rule_list(request: ApiRequest) -> QuerySet[RuleDocument]:
    """可见的实施细则,各版本"""
    return queries.documents_for(request.person)


@post(RuleGiven, RuleDocumentDetailOut, Power.PLAN_EDIT, status=201)
def rule_draft(request: ApiRequest) -> RuleDocument:
    """拟定新的一版实施细则"""
    given = _placed(request, branches_of(request.person, Power.PLAN_EDIT))
    return actions.draft_document(**given, by=request.person)


@post(RulePaperGiven, RuleDocumentDetailOut, Power.FILING_RECEIVE, status=201)
def rule_register(request: ApiRequest) -> RuleDocument:
    """登记以前已经批准的文件,等另一人复核"""
    given = _placed(request, Branch.objects.filter(closed_on=None).order_by("code"))
    return actions.register_paper(**given, by=request.person)


def _placed(request: ApiRequest, branches: Iterable[Branch]) -> dict[str, Any]:
    """The body with branch and team in the place of code and number."""
    given = dict(request.given)
    branch: Branch = chosen(branches, given.pop("branch"))
    number = given.pop("team")
    team = Team.objects.filter(branch=branch, pk=number, closed_on=None).select_related("branch").first() if number else None
    if number and team is None:
        raise Unknown("这个营业部没有这个团队")
    return {**given, "branch": branch, "team": team}


@get(RuleDocumentDetailOut, *access.DOOR)
def rule_detail(request: ApiRequest, document_id: int) -> RuleDocument:
    """一版实施细则的全部内容"""
    return queries.document_for(request.person, document_id)


@post(RuleChangeGiven, RuleDocumentDetailOut, Power.PLAN_EDIT)
def rule_edit(request: ApiRequest, document_id: int) -> RuleDocument:
    """修改未报送的一版"""
    row = queries.document_for(request.person, document_id)
    return actions.edit_document(document_id=row.pk, by=request.person, **request.given)


@post(None, RuleDocumentDetailOut, Power.PLAN_EDIT)
def rule_send(request: ApiRequest, document_id: int) -> RuleDocument:
    """报送或退回后再次报送"""
    return actions.send_up(document_id=queries.document_for(request.person, document_id).pk, by=request.person)


@post(ReasonGiven, RuleDocumentDetailOut, Power.PLAN_EDIT)
def rule_withdraw(request: ApiRequest, document_id: int) -> RuleDocument:
    """撤回会签中的一版"""
    row = queries.document_for(request.person, document_id)
    return actions.take_back(document_id=row.pk, reason=request.given["reason"], by=request.person)


@post(None, RuleDocumentDetailOut, Power.FILING_RECEIVE, Power.SCHEME_CONFIRM)
def rule_check(request: ApiRequest, document_id: int) -> RuleDocument:
    """复核登记的文件"""
    return actions.check_paper(document_id=queries.document_for(request.person, document_id).pk, by=request.person)


@post(ReasonGiven, RuleDocumentDetailOut, Power.FILING_RECEIVE, Power.SCHEME_CONFIRM)
def rule_drop(request: ApiRequest, document_id: int) -> RuleDocument:
    """退回有误的登记"""
    row = queries.document_for(request.person, document_id)
    return actions.drop_paper(document_id=row.pk, reason=request.given["reason"], by=request.person)


@get(MEDIA_TYPES)
def rule_file(request: ApiRequest, document_id: int) -> HttpResponse:
    """附件文件,取走记入审计日志"""
    return attachment(*actions.open_file(document_id=document_id, by=request.person))


@post(RuleFileGiven, RuleDocumentDetailOut, Power.PLAN_EDIT, Power.FILING_RECEIVE)
def rule_attach(request: ApiRequest, document_id: int) -> RuleDocument:
    """上传附件,替换已有的"""
    row, file = queries.document_for(request.person, document_id), request.given["file"]
    return actions.attach_file(document_id=row.pk, content=file.read(), name=file.name, by=request.person)
