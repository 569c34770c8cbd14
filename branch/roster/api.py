from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from branch.files import actions as files
from branch.files.models import StoredFile
from branch.files.responses import XLSX, attachment
from branch.org.models import Branch
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchQuery
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.roster import actions, sheets, uploads
from branch.roster.serializers import OutcomeOut, RosterConfirmGiven, RosterGiven, RosterOut


class RosterQuery(BranchQuery):
    effective = forms.DateField(label="变更生效日", required=False, help_text="留空为今天")


class SheetQuery(forms.Form):
    sheet = forms.ChoiceField(label="工作表", choices=[(name, name) for name in sheets.COLUMNS], required=False)


class ErrorQuery(RosterQuery, SheetQuery):
    """Which sheet of the upload, judged for which branch and day."""


def _branch(request: ApiRequest, code: str) -> Branch:
    return branch_within(request.person, code, Power.ROSTER_IMPORT)


def _precheck(request: ApiRequest, kept: StoredFile, branch: Branch, effective: date | None) -> dict[str, Any]:
    day = effective or timezone.localdate()
    checked = actions.precheck(content=files.read(kept), name=kept.name, branch=branch, effective=day, by=request.person)
    found = [
        {"sheet": sheet, "problems": [problem.as_dict() for problem in problems]} for sheet, problems in checked.problems.items()
    ]
    outcome = asdict(checked.outcome) if checked.outcome else None
    return {"file": kept.pk, "branch": branch, "effective": day, "problems": found, "outcome": outcome}


@post(RosterGiven, RosterOut, Power.ROSTER_IMPORT, status=201)
def roster_upload(request: ApiRequest) -> dict[str, Any]:
    """上传名册并预检;不写入任何内容"""
    given = request.given
    branch, upload = _branch(request, given["branch"]), given["file"]
    return _precheck(request, uploads.keep_upload(upload, request.person), branch, given["effective"])


@get(RosterOut, Power.ROSTER_IMPORT, query=RosterQuery)
def roster_precheck(request: ApiRequest, file_id: int) -> dict[str, Any]:
    """再次预检本人上传的名册"""
    kept = uploads.kept_for(request.person, file_id)
    return _precheck(request, kept, _branch(request, request.asked["branch"]), request.asked["effective"])


@post(RosterConfirmGiven, OutcomeOut, Power.ROSTER_IMPORT)
def roster_confirm(request: ApiRequest, file_id: int) -> actions.Outcome:
    """导入本人上传的名册:全部写入,或一行也不写;导入之后原文件即删除"""
    kept = uploads.kept_for(request.person, file_id)
    return uploads.import_kept(
        kept=kept,
        branch=_branch(request, request.given["branch"]),
        effective=request.given["effective"] or timezone.localdate(),
        password=settings.DEMO_PASSWORD if settings.SHOW_DEMO_LOGINS else None,
        by=request.person,
    )


@get(XLSX, Power.ROSTER_IMPORT, query=ErrorQuery)
def roster_errors(request: ApiRequest, file_id: int) -> HttpResponse:
    """带错误原因列的名册,取走记入审计日志"""
    kept, sheet = uploads.kept_for(request.person, file_id), request.asked["sheet"]
    branch, day = _branch(request, request.asked["branch"]), request.asked["effective"]
    return attachment(*uploads.take_mistakes(kept=kept, sheet=sheet, branch=branch, effective=day, by=request.person))


@get(XLSX, Power.ROSTER_IMPORT, query=SheetQuery)
def roster_template(request: ApiRequest) -> HttpResponse:
    """名册模板"""
    sheet = request.asked["sheet"] or sheets.MANAGERS
    return attachment(sheets.template(sheet), f"名册模板_{sheet}.xlsx")
