"""审批中心: its lists, one request, its acts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from approvals.desk import actions as desk
from approvals.desk import queries
from approvals.desk.batch import batch_kinds
from approvals.desk.forms import DecisionForm, RequestFilter, uploads
from approvals.desk.pages import detail_page
from approvals.requests import actions
from approvals.requests.queries import request_for, waiting_rows
from approvals.requests.states import Act
from approvals.routes.register import label_of
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.doors import PersonRequest, door
from branch.people.reentry import password_entered
from branch.workbench.counting import MOST_SHOWN, in_short
from kernel.refusals import Forbidden, Refusal, Unknown

MOST_COUNTED = 10_000
TABS = {
    "waiting": ("待我审批", "没有等您审批的申请", "有新的申请到您这一环节时,这里和工作台都会显示。"),
    "decided": ("我已审批", "您还没有审批过申请", "签署过的申请都留在这里,随时可以回看。"),
    "started": ("我发起的", "您还没有发起过申请", "在薪酬、计划等页面提交审批后,可以在这里看进度、催办或撤回。"),
    "copied": ("抄送我的", "没有抄送给您的申请", "别人抄送给您的申请会显示在这里,无须签署。"),
    "all": ("查询", "没有您可以查阅的申请", "您发起、审批、将要审批或得到抄送的申请都在这里,可按文号、意见和评论查找。"),
}


@door()
@require_GET
def request_list(request: PersonRequest, tab: str) -> HttpResponse:
    """One of the lists, by key; how many rows there are is told by a second request."""
    filters = RequestFilter(request.GET)
    rows = filters.narrow(queries.rows_of_tab(tab, request.person))
    if asks_total(request):
        return rows_total(request, rows, most=MOST_COUNTED)
    label, empty, hint = TABS[tab]
    waiting = in_short(waiting_rows(request.person)[: MOST_SHOWN + 1].count())
    page = keyset_of(request, rows, order=["-pk"], shown_as=queries.request_rows())
    kinds = set(batch_kinds()) if tab == "waiting" else set()
    context = {
        "title": "审批中心",
        "tabs_shown": [
            (words[0], reverse(f"approvals:request-{code}"), code == tab, code == "waiting" and waiting)
            for code, words in TABS.items()
        ],
        "tab": tab,
        "export_of": f"tab={tab}",
        "tab_label": label,
        "filters": filters,
        "page": page,
        "rows": [(row, label_of(row.kind), row.kind in kinds) for row in page],
        "may_batch": any(row.kind in kinds for row in page),
        "empty": empty,
        "hint": hint,
        "filtered": any(request.GET.get(name) for name in filters.fields),
    }
    return render(request, "approvals/desk/request_list.html", context)


@door()
@require_GET
def request_detail(request: PersonRequest, number: str) -> HttpResponse:
    """One request: document, timeline, and the acts open to this person."""
    return detail_page(request, request_for(request.person, number))


@door()
@sensitive_post_parameters("password")
def request_decide(request: PersonRequest, number: str) -> HttpResponse:
    """Sign. A refusal shows the page as it is now, with what was typed; reloading that leads back to the request."""
    if request.method != "POST":
        return redirect("approvals:request-detail", number=number)
    row = request_for(request.person, number)
    try:
        form = DecisionForm(request.POST)
        given = form.answer()
        desk.sign(
            **given,
            request_id=row.pk,
            reentered=password_entered(request, form.cleaned_data["password"]),
            files=uploads(request.FILES),
            by=request.person,
        )
    except (Unknown, Forbidden):
        raise
    except Refusal as refusal:
        typed = {name: request.POST.get(name, "")[:4000] for name in ("opinion", "seat", "to_stage", "summary")}
        typed["chosen"] = " ".join(
            key for name in request.POST if name.startswith("chosen.") for key in request.POST.getlist(name)
        )
        return detail_page(request, request_for(request.person, number), refusal=refusal, typed=_typed(request.POST))
    words = {Act.RETURN: "已退回", Act.REJECT: "已驳回"}.get(Act(given["act"]), "已签署")
    messages.success(request, f"{words}:{row.title}({row.number})")
    return redirect("approvals:request-waiting")


def _typed(sent: QueryDict) -> dict[str, Any]:
    """What a refused signature said, for the page to show again."""
    kept: dict[str, Any] = {name: sent.get(name, "")[:4000] for name in ("opinion", "seat", "to_stage", "summary")}
    return kept | {"chosen": [key for name in sent if name.startswith("chosen.") for key in sent.getlist(name)]}


@door()
@require_POST
def request_withdraw(request: PersonRequest, number: str) -> HttpResponse:
    """撤回."""
    row = request_for(request.person, number)
    actions.withdraw(request_id=row.pk, reason=request.POST.get("reason", "")[:1000], by=request.person)
    messages.success(request, f"已撤回:{row.title}({row.number})")
    return redirect("approvals:request-detail", number=row.number)


@door()
@require_POST
def request_remind(request: PersonRequest, number: str) -> HttpResponse:
    """催办."""
    row = request_for(request.person, number)
    told = actions.remind(request_id=row.pk, by=request.person)
    messages.success(request, f"已催办:{'、'.join(person.name for person in told) or '当前环节无人担任,请联系系统管理员'}")
    return redirect("approvals:request-detail", number=row.number)
