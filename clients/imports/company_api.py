"""The company's file by the API: hand it in, see branch by branch what became of it, go on."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet

from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from clients.imports import company
from clients.imports.models import CompanyImport, CompanyPart
from clients.imports.queries import company_import_for, refusals_of
from clients.imports.serializers import CompanyFileGiven, CompanyImportOut, CompanyPartOut
from clients.imports.sheets import upload_from
from clients.imports.states import PART_STATES


class PartQuery(forms.Form):
    state = forms.ChoiceField(label="状态", required=False, choices=list(PART_STATES.items()))


def _with_reasons(parts: list[CompanyPart]) -> list[CompanyPart]:
    """Of one page: why rows of a part were refused, in words."""
    found = refusals_of([part.batch_id for part in parts if part.refused and part.batch_id])
    for part in parts:
        part.reasons = [{"reason": words, "count": count} for words, count in found.get(part.batch_id or 0, [])]
    return parts


@get(CompanyImportOut, Power.COMPANY_IMPORT, many=True)
def company_import_list(request: ApiRequest) -> QuerySet[CompanyImport]:
    """公司导入的各份文件,新的在前"""
    return CompanyImport.objects.visible_to(request.person).select_related("created_by")


@post(CompanyFileGiven, CompanyImportOut, Power.COMPANY_IMPORT, status=202)
def company_import_new(request: ApiRequest) -> CompanyImport:
    """交来全公司的 CSV:由后台按营业部拆分、逐家导入;进度看这次导入的 state 和各营业部"""
    return company.receive(upload=upload_from(request.given["file"]), by=request.person)


@get(CompanyImportOut, Power.COMPANY_IMPORT)
def company_import_detail(request: ApiRequest, company_id: int) -> CompanyImport:
    """一次公司导入:走到哪一步"""
    return company_import_for(request.person, company_id)


@get(CompanyPartOut, Power.COMPANY_IMPORT, many=True, order=("code", "id"), query=PartQuery, shape=_with_reasons)
def company_import_parts(request: ApiRequest, company_id: int) -> QuerySet[CompanyPart]:
    """一次公司导入:各营业部的行数、结论和拒收原因"""
    parts = company_import_for(request.person, company_id).parts.select_related("branch")
    return parts.filter(state=request.asked["state"]) if request.asked["state"] else parts


@post(None, CompanyImportOut, Power.COMPANY_IMPORT)
def company_import_resume(request: ApiRequest, company_id: int) -> CompanyImport:
    """继续:没有任务在等待的、整份没有读入的营业部重新排队;已入账的不动"""
    company.resume(company_id=company_import_for(request.person, company_id).pk, by=request.person)
    return company_import_for(request.person, company_id)
