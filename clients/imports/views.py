"""Pages of the import: upload, pre-check, confirm; one client with its months."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.exports import actions as exports
from branch.files.responses import attachment
from branch.org.models import Branch
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from clients.imports import actions, sheets
from clients.imports.access import require_may_import
from clients.imports.exports import MISTAKES
from clients.imports.forms import ConfirmForm, UploadForm
from clients.imports.kinds import KINDS, REFUSED, SEVERITIES
from clients.imports.large import precheck_later, too_large
from clients.imports.models import ImportFile
from clients.imports.queries import (
    batch_for,
    batches_for,
    client_months,
    counts_by_severity,
    kinds_of,
    problems_of,
)
from clients.imports.sheets import Upload, upload_from
from clients.pages import chosen_branch
from clients.registry.queries import client_for, divisions_of
from kernel.refusals import Refusal, Unknown, allows

CRUMB = ("月度导入", "clients:import-list")


@require_GET
@door()
def client_detail(request: PersonRequest, client_id: int) -> HttpResponse:
    """One client: particulars, whose from when, month by month."""
    client = client_for(request.person, client_id)
    context = {
        "title": client.name,
        "crumbs": [("客户", ""), ("客户名单", reverse("clients:list")), (client.client_no, "")],
        "client": client,
        "relations": client.relations.select_related("manager", "slip").order_by("-from_month"),
        "divisions": divisions_of(client),
        "slips": client.slips.select_related("manager").order_by("-month", "-number"),
        "months": client_months(client),
    }
    return render(request, "clients/registry/detail.html", context)


@require_GET
@door(Power.CRM_IMPORT, Power.FIGURES_LOCK)
def import_list(request: PersonRequest) -> HttpResponse:
    """All batches, newest first."""
    context = {
        "title": "月度导入",
        "crumbs": [("客户", ""), ("月度导入", "")],
        "page": page_of(request, batches_for(request.person)),
        "may_import": holds(request.person, Power.CRM_IMPORT),
    }
    return render(request, "clients/imports/list.html", context)


@require_http_methods(["GET", "POST"])
@door(Power.CRM_IMPORT)
def import_new(request: PersonRequest) -> HttpResponse:
    """Steps one and two: take a template, hand in the files, have them pre-checked."""
    branches = list(branches_visible_to(request.person, Power.CRM_IMPORT))
    branch = chosen_branch(request, branches)
    form, refusal = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm(), None
    if request.method == "POST" and form.is_valid():
        try:
            return _precheck(request, branch, [upload_from(file) for file in form.cleaned_data["file"]])
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "导入月度数据",
        "crumbs": [("客户", ""), ("月度导入", reverse("clients:import-list")), ("导入", "")],
        "form": form,
        "refusal": refusal,
        "branch": branch,
        "branches": branches,
        "kinds": ImportFile.Kind.choices,
    }
    return render(request, "clients/imports/new.html", context, status=200 if refusal is None else 422)


def _precheck(request: PersonRequest, branch: Branch, files: list[Upload]) -> HttpResponse:
    """Small files at once; large ones by a job, whose page leads on to the batch."""
    if too_large(files):
        job = precheck_later(files=files, branch=branch, by=request.person)
        messages.success(request, "文件较大,已收下并转为后台预检;可以离开本页,预检好会发消息给您")
        return redirect("job-detail", job.pk)
    checked = actions.precheck(files=files, branch=branch, by=request.person)
    if checked.batch is None:
        messages.success(request, f"{checked.report.month.label}的内容与已入账的完全一致,无变化,没有写入任何行")
        return redirect("clients:import-list")
    return redirect("clients:import-detail", checked.batch.pk)


@require_GET
@door(Power.CRM_IMPORT)
def import_template(request: PersonRequest, kind: str) -> HttpResponse:
    """An empty sheet to fill in."""
    if kind not in ImportFile.Kind.values:
        raise Unknown("没有这种模板")
    return attachment(sheets.template(kind), f"{ImportFile.Kind(kind).label}_模板.xlsx")


@require_GET
@door(Power.CRM_IMPORT, Power.FIGURES_LOCK)
def import_detail(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Step three: what the pre-check found, and the confirming; afterwards the record of it."""
    batch = batch_for(request.person, batch_id)
    counts = counts_by_severity(batch)
    shown = request.GET.get("show", "")
    shown = shown if shown in counts else next((name for name in SEVERITIES if counts.get(name)), "")
    kind = request.GET.get("kind", "")
    context = {
        "title": str(batch),
        "crumbs": [("客户", ""), ("月度导入", reverse("clients:import-list")), (f"第 {batch.pk} 批", "")],
        "batch": batch,
        "tabs": [(name, label, counts[name]) for name, label in SEVERITIES.items() if counts.get(name)],
        "shown": shown,
        "kinds": [(name, KINDS.get(name, name), count) for name, count in kinds_of(batch, shown)],
        "kind": kind,
        "page": page_of(request, problems_of(batch, shown, kind), size=50),
        "form": ConfirmForm(),
        "bad_files": batch.files.filter(problems__severity=REFUSED).distinct(),
        "may_import": batch.state == "checked" and allows(require_may_import, request.person, batch.branch),
    }
    return render(request, "clients/imports/detail.html", context)


@require_POST
@door(Power.CRM_IMPORT)
def import_confirm(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Book the batch as a whole."""
    batch = batch_for(request.person, batch_id)
    form = ConfirmForm(request.POST)
    leave_out = form.cleaned_data["leave_out"] if form.is_valid() else ""
    booked = actions.confirm(batch_id=batch.pk, by=request.person, leave_out=leave_out)
    messages.success(request, f"{booked.month.label}业务数据已入账。接下来请处理异常、确认客户关系,再由营业部财务复核")
    return redirect("clients:import-detail", batch_id)


@require_POST
@door(Power.CRM_IMPORT)
def import_drop(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Give the batch up."""
    actions.drop(batch_id=batch_for(request.person, batch_id).pk, by=request.person)
    messages.success(request, "已放弃这批导入,没有入账")
    return redirect("clients:import-list")


@require_POST
@door(Power.CRM_IMPORT)
def import_recheck(request: PersonRequest, batch_id: int) -> HttpResponse:
    """Check the same files against what is known now."""
    checked = actions.recheck(batch_id=batch_for(request.person, batch_id).pk, by=request.person)
    if checked.batch is None:
        messages.success(request, "重新预检:内容与已入账的完全一致,无变化")
        return redirect("clients:import-list")
    messages.success(request, "已重新预检")
    return redirect("clients:import-detail", checked.batch.pk)


@require_GET
@door(Power.CRM_IMPORT)
def import_errors(request: PersonRequest, batch_id: int, file_id: int) -> HttpResponse:
    """The same sheet with the reasons behind its refused rows; that it leaves is recorded as any export."""
    filters = {"batch": str(batch_id), "file": str(file_id)}
    return attachment(*exports.take(kind=MISTAKES.code, filters=filters, by=request.person))
