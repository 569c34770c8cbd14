"""批量同意: chosen in the list, looked over, signed one by one, told row by row."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from approvals.desk import batch
from approvals.desk.forms import RequestFilter
from approvals.desk.queries import rows_of_tab
from approvals.routes.register import label_of
from branch.jobs.queries import card
from branch.people.doors import PersonRequest, door

CRUMB = ("审批中心", "/approvals/")


@door()
@require_POST
def batch_confirm(request: PersonRequest) -> HttpResponse:
    """What would be agreed to: the chosen rows, or all that the filters show."""
    rows = rows_of_tab("waiting", request.person)
    if request.POST.get("scope") == "all":
        rows = RequestFilter(request.GET).narrow(rows)
    else:
        rows = rows.filter(number__in=request.POST.getlist("numbers")[: batch.MOST + 1])
    found = batch.agreeable(rows)
    context = {
        "title": f"批量同意 {len(found)} 份申请",
        "crumbs": [CRUMB, ("批量同意", "")],
        "rows": [(row, label_of(row.kind)) for row in found],
    }
    return render(request, "approvals/desk/batch_confirm.html", context)


@door()
@require_POST
def batch_agree(request: PersonRequest) -> HttpResponse:
    """Sign them; the result is a page of its own."""
    items = [tuple(item.split(":", 1)) for item in request.POST.getlist("items") if item.count(":") == 1]
    job = batch.agree_all(
        items=[(number, digest) for number, digest in items], opinion=request.POST.get("opinion", ""), by=request.person
    )
    return redirect("approvals:batch-result", job.pk)


@door()
@require_GET
def batch_result(request: PersonRequest, job_id: int) -> HttpResponse:
    """How far it is, and what came of each row. One's own only."""
    job = batch.job_of(request.person, job_id)
    rows = job.result.get("rows", [])
    context = {
        "title": job.title,
        "crumbs": [CRUMB, ("批量同意的结果", "")],
        "job": card(job, request.person),
        "rows": [(row, reverse("approvals:request-detail", args=[row["number"]])) for row in rows],
        "agreed": job.result.get("agreed"),
        "refused": len(rows) - job.result.get("agreed", 0),
    }
    return render(request, "approvals/desk/batch_result.html", context)
