"""Pages of the company's file: hand it in, and see branch by branch what became of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.paging import page_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.imports import company
from clients.imports.forms import CompanyUploadForm
from clients.imports.models import CompanyImport
from clients.imports.queries import company_import_for, refusals_of
from clients.imports.sheets import upload_from
from clients.imports.states import BOOKING, PART_REFUSED, PART_STATES, SPLITTING
from kernel.refusals import Refusal

CRUMBS = [("客户", ""), ("公司导入", "")]


@require_http_methods(["GET", "POST"])
@door(Power.COMPANY_IMPORT)
def company_import_list(request: PersonRequest) -> HttpResponse:
    """Hand in one CSV with all branches; below, what was handed in before."""
    form, refusal = CompanyUploadForm(), None
    if request.method == "POST":
        form = CompanyUploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                made = company.receive(upload=upload_from(form.cleaned_data["file"]), by=request.person)
            except Refusal as refused:
                refusal = refused
            else:
                messages.success(request, "文件已收下,正在按营业部拆分并逐家导入;可以离开本页,结束后会发消息给您")
                return redirect("clients:company-import-detail", made.pk)
    rows = CompanyImport.objects.visible_to(request.person).select_related("created_by")
    counted = {f"{state}_parts": Count("parts", filter=Q(parts__state=state)) for state in PART_STATES}
    context = {
        "title": "公司导入",
        "crumbs": CRUMBS,
        "form": form,
        "refusal": refusal,
        "page": page_of(request, rows.annotate(**counted).order_by("-id")),
    }
    return render(request, "clients/imports/company_list.html", context, status=200 if refusal is None else 422)


def _shown(request: PersonRequest, company_id: int) -> dict[str, Any]:
    found = company_import_for(request.person, company_id)
    counts = dict(found.parts.order_by().values_list("state").annotate(Count("pk")))
    state = request.GET.get("state", "")
    parts = found.parts.select_related("branch", "batch")
    page = page_of(request, parts.filter(state=state) if state in PART_STATES else parts, size=50)
    reasons = refusals_of([part.batch_id for part in page if part.refused and part.batch_id])
    for part in page:
        part.reasons = reasons.get(part.batch_id, [])
    return {
        "title": str(found),
        "crumbs": [("客户", ""), ("公司导入", reverse("clients:company-import-list")), (f"第 {found.pk} 次", "")],
        "company": found,
        "running": found.state in (SPLITTING, BOOKING),
        "may_resume": found.state != SPLITTING and company.may_resume(found),
        "steps": [(code, words, counts.get(code, 0)) for code, words in PART_STATES.items() if counts.get(code)],
        "state": state,
        "ended": sum(counts.values()) - counts.get("queued", 0),
        "total": sum(counts.values()),
        "left": counts.get(PART_REFUSED, 0),
        "page": page,
    }


@require_GET
@door(Power.COMPANY_IMPORT)
def company_import_detail(request: PersonRequest, company_id: int) -> HttpResponse:
    """Branch by branch: rows, refused, waiting, what became of it."""
    return render(request, "clients/imports/company_detail.html", _shown(request, company_id))


@require_GET
@door(Power.COMPANY_IMPORT)
def company_import_part(request: PersonRequest, company_id: int) -> HttpResponse:
    """The moving part alone, asked for while branches are being imported; when all have ended the page is loaded afresh."""
    context = _shown(request, company_id)
    response = render(request, "clients/imports/_company_board.html", context)
    if not context["running"]:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@door(Power.COMPANY_IMPORT)
def company_import_resume(request: PersonRequest, company_id: int) -> HttpResponse:
    """继续."""
    waiting = company.resume(company_id=company_id, by=request.person)
    messages.success(request, f"{waiting} 家营业部在排队导入")
    return redirect("clients:company-import-detail", company_id)
