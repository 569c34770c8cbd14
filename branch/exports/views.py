"""我的导出, asking for one, fetching one."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.http import require_GET, require_POST

from branch.exports import actions
from branch.exports.models import Export
from branch.files.responses import attachment
from branch.paging import page_of
from branch.people.doors import PersonRequest, door


@require_GET
@door()
def export_list(request: PersonRequest) -> HttpResponse:
    """What I have taken out, and what may still be fetched."""
    rows = Export.objects.visible_to(request.person).select_related("branch", "job", "file")
    context = {
        "title": "我的导出",
        "crumbs": [("工作台", resolve_url("home")), ("我的导出", "")],
        "page": page_of(request, rows),
        "keep_days": settings.EXPORT_KEEP_DAYS,
    }
    return render(request, "branch/exports/list.html", context)


@require_POST
@door()
def export_new(request: PersonRequest, kind: str) -> HttpResponse:
    """Export what the page shows: the filters come in the address as the page had them."""
    export = actions.ask(kind=kind, query=request.GET, reason=request.POST.get("reason", ""), by=request.person)
    if export.is_ready:
        return redirect("export-file", export.pk)
    messages.success(request, f"“{export.title}”共 {export.rows:,} 行,正在后台生成,完成后会有消息通知您")
    return redirect("export-list")


@require_GET
@door()
def export_file(request: PersonRequest, export_id: int) -> HttpResponse:
    """The file, for its owner."""
    return attachment(*actions.download(export_id=export_id, by=request.person))
