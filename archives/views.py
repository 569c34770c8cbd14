"""The pages of the archive: list, one filing, receipt, download."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from archives import access, actions
from archives.forms import FilingFilter, ReceiveForm
from archives.models import FilingQuerySet
from archives.queries import filing_for, filings_for, filtered
from archives.register import kind_of
from branch.files.responses import attachment
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import allows

SIZES = (20, 50, 100, 200)


def _filtered(rows: FilingQuerySet, form: FilingFilter) -> FilingQuerySet:
    return filtered(rows, form.cleaned_data) if form.is_valid() else rows


@require_GET
@door(Power.FILING_VIEW)
def filing_list(request: PersonRequest) -> HttpResponse:
    """Everything filed that the person may see."""
    form = FilingFilter(request.GET or None)
    size = request.GET.get("size", "")
    page = Paginator(_filtered(filings_for(request.person), form), int(size) if size in map(str, SIZES) else 20).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "archives/filing_list.html",
        {"title": "档案备案", "crumbs": [("档案", ""), ("备案", "")], "filters": form, "page": page},
    )


@require_http_methods(["GET", "POST"])
@door(Power.FILING_VIEW)
def filing_detail(request: PersonRequest, filing_id: int) -> HttpResponse:
    """One filing; 经纪业务综合室 receives it here."""
    filing = filing_for(request.person, filing_id)
    form = ReceiveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        received = actions.receive_filing(filing_id=filing.pk, by=request.person, **form.cleaned_data)
        messages.success(request, f"已接收,备案号 {received.serial_no}")
        return redirect("archives:filing-detail", filing_id)
    kind = kind_of(filing.kind)
    return render(
        request,
        "archives/filing_detail.html",
        {
            "title": filing.title,
            "crumbs": [("档案", ""), ("备案", reverse("archives:filing-list")), (filing.title, "")],
            "filing": filing,
            "kind": kind,
            "form": form,
            "subject_url": kind.url(filing) if allows(access.may_open, request.person, filing) else "",
            "may_open": allows(access.may_open, request.person, filing),
            "may_receive": filing.received_by_id is None and allows(access.may_receive, request.person, filing),
            "body_class": "has-watermark",
        },
    )


@require_GET
@door(Power.FILING_VIEW)
def filing_file(request: PersonRequest, filing_id: int) -> HttpResponse:
    """Download; logged."""
    return attachment(*actions.open_file(filing_id=filing_id, by=request.person))
