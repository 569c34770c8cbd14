from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from branch.audit.queries import verify_chain
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from branch.trail import queries
from branch.trail.forms import TrailFilter


@door(Power.AUDIT_VIEW)
def audit_list(request: PersonRequest) -> HttpResponse:
    """Who did what, when; newest first."""
    form = TrailFilter(request.GET or None)
    rows = queries.rows_visible_to(request.person)
    if form.is_valid():
        rows = queries.filtered(rows, form.cleaned_data)
    if asks_total(request):
        return rows_total(request, rows)
    context = {
        "title": "审计日志",
        "crumbs": [("设置", ""), ("审计日志", "")],
        "form": form,
        "page": keyset_of(request, rows, order=["-pk"], size=50),
    }
    return render(request, "branch/audit/list.html", context)


@door(Power.AUDIT_VIEW)
@require_POST
def audit_verify(request: PersonRequest) -> HttpResponse:
    """Walk the chain and say what was found."""
    verdict = verify_chain()
    if verdict.sound:
        messages.success(
            request,
            f"日志完整:已核对 {verdict.checked} 环,尚未入链 {verdict.unsealed} 条{verdict.tail},"
            f"链外见证相符 {verdict.witnessed} 处",
        )
    else:
        messages.error(request, "\n".join(["日志不完整,请立即联系信息技术部", *verdict.breaks[:20]]))
    return redirect("audit-list")
