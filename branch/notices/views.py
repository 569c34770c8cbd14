from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from branch.notices import actions, queries
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.doors import PersonRequest, door
from kernel.refusals import Unknown


@door()
def notice_list(request: PersonRequest) -> HttpResponse:
    """All my messages, or the unread ones alone."""
    only_unread = request.GET.get("only") == "unread"
    rows = queries.unread_of(request.person) if only_unread else queries.notices_of(request.person)
    if asks_total(request):
        return rows_total(request, rows)
    context = {
        "title": "消息",
        "crumbs": [("工作台", resolve_url("home")), ("消息", "")],
        "page": keyset_of(request, rows, order=["-id"]),
        "only_unread": only_unread,
        "unread": queries.unread_of(request.person).count(),
    }
    return render(request, "branch/notices/list.html", context)


@door()
@require_POST
def notice_open(request: PersonRequest, notice_id: int) -> HttpResponse:
    """Mark one message read and go where it leads."""
    notice = queries.notices_of(request.person).filter(pk=notice_id).first()
    if notice is None:
        raise Unknown("没有这条消息")
    actions.mark_read(by=request.person, notice_id=notice.pk)
    inside = url_has_allowed_host_and_scheme(notice.link, allowed_hosts={request.get_host()})
    return redirect(notice.link if notice.link and inside else "notice-list")


@door()
@require_POST
def notice_read_all(request: PersonRequest) -> HttpResponse:
    """Mark everything read."""
    count = actions.mark_read(by=request.person)
    messages.success(request, f"已将 {count} 条消息标为已读")
    return redirect("notice-list")
