from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven, StampGiven
from kernel.seen import stamp
from payroll.schemes import access, actions, queries, words
from payroll.schemes.models import SchemeVersion
from payroll.schemes.serializers import (
    CopyGiven,
    DraftGiven,
    EditGiven,
    SchemeComparisonOut,
    SchemeConfirmGiven,
    SchemeDetailOut,
    SchemeOut,
)


def _shown(version: SchemeVersion) -> dict[str, Any]:
    return {
        "version": version,
        "data": version.data,
        "seen": stamp(version.data),
        "sections": words.sections(version.scheme()),
        "advice": queries.advice_on(version),
    }


@get(SchemeOut, *access.SCHEME_DOOR, many=True)
def scheme_list(request: ApiRequest) -> QuerySet[SchemeVersion]:
    """可见的薪酬方案的全部版本"""
    rows = SchemeVersion.objects.visible_to(request.person)
    return rows.select_related("branch", "proposed_by", "confirmed_by", "drafted_by")


@post(DraftGiven, SchemeDetailOut, Power.SCHEME_PROPOSE, status=201)
def scheme_draft(request: ApiRequest) -> dict[str, Any]:
    """拟定方案:按方案文件的内容存为草稿"""
    branch = branch_within(request.person, request.given["branch"], Power.SCHEME_PROPOSE)
    return _shown(actions.draft_scheme(data=request.given["data"], branch=branch, by=request.person))


@get(SchemeDetailOut, *access.SCHEME_DOOR)
def scheme_detail(request: ApiRequest, version_id: int) -> dict[str, Any]:
    """一个版本:内容、文字说明、与法定要求的核对"""
    return _shown(queries.version_for(request.person, version_id))


@post(CopyGiven, SchemeDetailOut, Power.SCHEME_PROPOSE, status=201)
def scheme_copy(request: ApiRequest, version_id: int) -> dict[str, Any]:
    """复制为新的草稿"""
    former = queries.version_for(request.person, version_id)
    given = request.given["effective_from"]
    return _shown(actions.copy_scheme(version_id=former.pk, effective_from=given, by=request.person))


@post(EditGiven, SchemeDetailOut, Power.SCHEME_PROPOSE)
def scheme_edit(request: ApiRequest, version_id: int) -> dict[str, Any]:
    """修改草稿"""
    version, given = queries.version_for(request.person, version_id), request.given
    return _shown(actions.edit_scheme(version_id=version.pk, data=given["data"], seen=given["seen"], by=request.person))


@post(StampGiven, SchemeOut, Power.SCHEME_PROPOSE)
def scheme_propose(request: ApiRequest, version_id: int) -> SchemeVersion:
    """提交草稿,由第二人确认"""
    version = queries.version_for(request.person, version_id)
    return actions.propose_scheme(version_id=version.pk, by=request.person, seen=request.given["seen"])


@post(SchemeConfirmGiven, SchemeOut, Power.SCHEME_CONFIRM)
def scheme_confirm(request: ApiRequest, version_id: int) -> SchemeVersion:
    """凭批准文号确认生效"""
    version = queries.version_for(request.person, version_id)
    return actions.confirm_scheme(version_id=version.pk, by=request.person, **request.given)


@post(ReasonGiven, SchemeOut, Power.SCHEME_CONFIRM, Power.SCHEME_PROPOSE)
def scheme_return(request: ApiRequest, version_id: int) -> SchemeVersion:
    """退回为草稿"""
    version = queries.version_for(request.person, version_id)
    return actions.return_scheme(version_id=version.pk, reason=request.given["reason"], by=request.person)


@post(None, SchemeOut, Power.SCHEME_PROPOSE)
def scheme_drop(request: ApiRequest, version_id: int) -> SchemeVersion:
    """作废草稿"""
    return actions.drop_scheme(version_id=queries.version_for(request.person, version_id).pk, by=request.person)


@post(ReasonGiven, SchemeOut, Power.SCHEME_CONFIRM)
def scheme_retire(request: ApiRequest, version_id: int) -> SchemeVersion:
    """停用生效中的版本"""
    version = queries.version_for(request.person, version_id)
    return actions.retire_scheme(version_id=version.pk, reason=request.given["reason"], by=request.person)


@get(SchemeComparisonOut, *access.SCHEME_DOOR)
def scheme_compare(request: ApiRequest, version_id: int, other_id: int) -> dict[str, Any]:
    """两个版本写法不同的各项"""
    new, old = queries.version_for(request.person, version_id), queries.version_for(request.person, other_id)
    return {"old": old, "new": new, "differences": words.differences(old.scheme(), new.scheme())}
