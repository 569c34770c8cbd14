from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse

from branch.exports import actions as exports
from branch.files.responses import XLSX, attachment
from branch.jobs.serializers import JobOut
from branch.org.models import Branch
from branch.people.roles import Power
from branch.rest.endpoints import Later, get, post
from branch.rest.filters import BranchQuery
from branch.rest.places import branch_within
from branch.rest.requests import ApiRequest
from branch.rest.serializers import Done
from clients.imports import actions, resolving, sheets
from clients.imports.exports import MISTAKES
from clients.imports.forms import ExceptionFilter
from clients.imports.kinds import KINDS, SEVERITIES
from clients.imports.large import precheck_later, too_large
from clients.imports.models import ClientMonth, ClientMonthQuerySet, ImportBatch, ImportFile, ImportProblem
from clients.imports.queries import (
    batch_for,
    batches_for,
    client_months,
    sale_exceptions_of,
    waiting_counts,
)
from clients.imports.serializers import (
    BatchOut,
    BranchGiven,
    CheckedOut,
    ClientDetailOut,
    ClientMonthOut,
    FilesGiven,
    ImportProblemOut,
    LeaveOutGiven,
    ResolveGiven,
    WaitingOut,
)
from clients.imports.sharing import twice_of
from clients.imports.sheets import upload_from
from clients.products.models import SaleQuerySet
from clients.products.serializers import SaleOut
from clients.registry.models import Client
from clients.registry.queries import client_for, divisions_of
from kernel.months import Month
from kernel.refusals import Unknown

RESOLVERS = (Power.EXCEPTION_RESOLVE, Power.FIGURES_LOCK)


class ProblemQuery(forms.Form):
    severity = forms.ChoiceField(label="轻重", required=False, choices=list(SEVERITIES.items()))
    kind = forms.ChoiceField(label="类别", required=False, choices=list(KINDS.items()))


class ExceptionQuery(ExceptionFilter, BranchQuery):
    """The page's filters, and of which branch."""


@get(ClientDetailOut)
def client_detail(request: ApiRequest, client_id: int) -> Client:
    """一位客户:归属、确认单、逐月数据"""
    client: Any = client_for(request.person, client_id)
    client.shown_relations = client.relations.select_related("manager", "slip").order_by("-from_month")
    client.shown_divisions = divisions_of(client)
    client.shown_slips = client.slips.select_related("client", "manager", "branch", "decided_by").order_by("-month", "-number")
    client.shown_months = client_months(client)
    found: Client = client
    return found


@get(BatchOut, Power.CRM_IMPORT, Power.FIGURES_LOCK, many=True)
def import_list(request: ApiRequest) -> QuerySet[ImportBatch]:
    """月度导入的各批,新的在前"""
    return batches_for(request.person)


def _checked(checked: actions.Checked) -> dict[str, Any]:
    return {"month": checked.report.month, "unchanged": checked.batch is None, "batch": checked.batch}


@post(FilesGiven, CheckedOut, Power.CRM_IMPORT, status=201, later=JobOut)
def import_new(request: ApiRequest) -> dict[str, Any] | Later:
    """上传一个月的文件并预检;确认之前不入账。文件较大时由后台任务预检(202),任务的 result.batch 是批次"""
    branch = branch_within(request.person, request.given["branch"], Power.CRM_IMPORT)
    files = [upload_from(file) for file in request.given["files"]]
    if too_large(files):
        job = precheck_later(files=files, branch=branch, by=request.person)
        return Later(job, reverse("api:job-detail", args=[job.pk]))
    return _checked(actions.precheck(files=files, branch=branch, by=request.person))


@get(XLSX, Power.CRM_IMPORT)
def import_template(request: ApiRequest, kind: str) -> HttpResponse:
    """空白模板(kind:clients、sales)"""
    if kind not in ImportFile.Kind.values:
        raise Unknown("没有这种模板")
    return attachment(sheets.template(kind), f"{ImportFile.Kind(kind).label}_模板.xlsx")


@get(BatchOut, Power.CRM_IMPORT, Power.FIGURES_LOCK)
def import_detail(request: ApiRequest, batch_id: int) -> ImportBatch:
    """一批导入"""
    return batch_for(request.person, batch_id)


@get(ImportProblemOut, Power.CRM_IMPORT, Power.FIGURES_LOCK, many=True, order=("file_id", "row", "id"), query=ProblemQuery)
def import_problems(request: ApiRequest, batch_id: int) -> QuerySet[ImportProblem]:
    """预检发现的问题"""
    wanted = {name: value for name, value in request.asked.items() if value}
    return batch_for(request.person, batch_id).problems.filter(**wanted).select_related("file")


@post(LeaveOutGiven, BatchOut, Power.CRM_IMPORT)
def import_confirm(request: ApiRequest, batch_id: int) -> ImportBatch:
    """确认入账:整批入账,或一行也不入"""
    batch = batch_for(request.person, batch_id)
    actions.confirm(batch_id=batch.pk, by=request.person, leave_out=request.given["leave_out"])
    return batch_for(request.person, batch_id)


@post(None, BatchOut, Power.CRM_IMPORT)
def import_drop(request: ApiRequest, batch_id: int) -> ImportBatch:
    """放弃一批预检过的导入"""
    actions.drop(batch_id=batch_for(request.person, batch_id).pk, by=request.person)
    return batch_for(request.person, batch_id)


@post(None, CheckedOut, Power.CRM_IMPORT)
def import_recheck(request: ApiRequest, batch_id: int) -> dict[str, Any]:
    """按现在的名册和关系重新预检同样的文件"""
    return _checked(actions.recheck(batch_id=batch_for(request.person, batch_id).pk, by=request.person))


@get(XLSX, Power.CRM_IMPORT)
def import_errors(request: ApiRequest, batch_id: int, file_id: int) -> HttpResponse:
    """带错误原因列的原表,取走记入“我的导出”和审计日志"""
    filters = {"batch": str(batch_id), "file": str(file_id)}
    return attachment(*exports.take(kind=MISTAKES.code, filters=filters, by=request.person))


def _branch(request: ApiRequest, code: str) -> Branch:
    return branch_within(request.person, code, *RESOLVERS)


@get(WaitingOut, *RESOLVERS, query=BranchQuery)
def exception_counts(request: ApiRequest, month: Month) -> dict[str, Any]:
    """一个月还有多少等待处理"""
    branch = _branch(request, request.asked["branch"])
    shared = len(twice_of(branch, month))
    return {"branch": branch, "month": month, **waiting_counts(branch, month), "shared": shared}


@get(ClientMonthOut, *RESOLVERS, many=True, order=("source_row", "id"), query=ExceptionQuery)
def exception_rows(request: ApiRequest, month: Month) -> ClientMonthQuerySet:
    """一个月等待处理的客户行"""
    found: ClientMonthQuerySet = request.form.rows(_branch(request, request.asked["branch"]), month)
    return found


@get(SaleOut, *RESOLVERS, many=True, order=("source_row", "id"), query=ExceptionQuery)
def exception_sales(request: ApiRequest, month: Month) -> SaleQuerySet:
    """一个月等待处理的销售"""
    rows = sale_exceptions_of(_branch(request, request.asked["branch"]), month, open_only=request.form.open_only)
    return rows.select_related("client", "manager", "settled_to", "cleared_by")


@post(ResolveGiven, Done, *RESOLVERS)
def exception_resolve(request: ApiRequest, month: Month) -> dict[str, int]:
    """以同一方式处理所选的客户行:全部处理,或一行也不处理"""
    given = dict(request.given)
    branch = _branch(request, given.pop("branch"))
    return {"count": resolving.resolve_rows(branch=branch, month=month, by=request.person, **given)}


@post(ResolveGiven, Done, *RESOLVERS)
def exception_resolve_sales(request: ApiRequest, month: Month) -> dict[str, int]:
    """以同一方式处理所选的销售"""
    given = dict(request.given)
    branch = _branch(request, given.pop("branch"))
    return {"count": resolving.resolve_sales(branch=branch, month=month, by=request.person, **given)}


@post(BranchGiven, Done, Power.EXCEPTION_RESOLVE)
def exception_review(request: ApiRequest, month: Month) -> dict[str, int]:
    """重新核对等待处理的各行;没有确认单的客户(如误作废)补开待核的确认单。count 是不再等待的行、笔和补开的单"""
    branch = branch_within(request.person, request.given["branch"], Power.EXCEPTION_RESOLVE)
    return {"count": sum(resolving.review_waiting(branch=branch, month=month, by=request.person))}


@post(BranchGiven, ClientMonthOut, *RESOLVERS)
def exception_reopen(request: ApiRequest, row_id: int) -> ClientMonth:
    """撤销一行的处理"""
    return resolving.reopen_row(row_id=row_id, branch=_branch(request, request.given["branch"]), by=request.person)
