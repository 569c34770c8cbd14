"""Pages of who shares a client: the divisions, the clients to choose from, proposals, and what the two say of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.overtaken import SEEN, confront
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import chosen_branch
from clients.registry.queries import clients_for
from kernel.months import Month
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken, stamp
from teams.plans.division import access, actions, queries, states
from teams.plans.division.forms import DivideForm, DivisionFilter, EndForm, PickFilter
from teams.plans.division.models import DivisionProposal
from teams.plans.division.signing import facts_of

LIST, PROPOSALS = ("分工协作", "plans:division-list"), ("分工申请", "plans:proposal-list")


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    return [("团队", ""), *((label, reverse(name) if name.startswith("plans:") else name) for label, name in pages)]


@door(when=access.sees_clients)
@require_GET
def division_list(request: PersonRequest) -> HttpResponse:
    """Who shares which client, and how."""
    form = DivisionFilter(request.GET or None)
    rows = form.rows(request.person)
    if asks_total(request):
        return rows_total(request, rows)
    context = {
        "title": "分工协作",
        "crumbs": _crumbs(("分工协作", "")),
        "filters": form,
        "page": keyset_of(request, rows, order=["client__client_no", "-from_month"], size=50),
        "may_propose": access.proposes(request.person),
        "this_month": Month.of(timezone.localdate()),
        "me": request.person,
    }
    return render(request, "plans/division/division_list.html", context)


@door(Power.PLAN_EDIT)
@require_GET
def division_pick(request: PersonRequest) -> HttpResponse:
    """Clients to tick, for a division or the end of one."""
    branches = branches_of(request.person, Power.PLAN_EDIT)
    branch = chosen_branch(request, branches)
    form = PickFilter(request.GET or None, initial={"branch": branch.code})
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = clients_for(request.person, text=wanted.get("text", ""), manager=wanted.get("manager", "")).filter(branch=branch)
    if asks_total(request):
        return rows_total(request, rows)
    context = {
        "title": "选择客户",
        "crumbs": _crumbs(LIST, ("选择客户", "")),
        "branch": branch,
        "branches": branches,
        "filters": form,
        "page": keyset_of(request, rows.select_related("branch"), order=["client_no"], size=50),
    }
    return render(request, "plans/division/division_pick.html", context)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def division_new(request: PersonRequest) -> HttpResponse:
    """申请分工."""
    return _propose(request, DivideForm, "申请客户分工", "plans:division-new")


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def division_end(request: PersonRequest) -> HttpResponse:
    """申请解除分工."""
    return _propose(request, EndForm, "申请解除分工", "plans:division-end")


def _propose(request: PersonRequest, form_class: type[EndForm], title: str, name: str) -> HttpResponse:
    branches = branches_of(request.person, Power.PLAN_EDIT)
    branch = chosen_branch(request, branches)
    initial = {"clients": "\n".join(request.GET.getlist("no"))}
    form = form_class(request.POST or None, initial=initial, person=request.person, branch=branch)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.propose(branch=branch, wish=form.wish, by=request.person)
            messages.success(request, _next(row))
            return redirect(row)
        except Refusal as refused:
            refusal = refused
    at = {"branch": branch, "branches": branches, "action": f"{reverse(name)}?branch={branch.code}"}
    return _form(request, form, refusal, title=title, way=(LIST, (title, "")), back=reverse("plans:division-list"), **at)


def _next(row: DivisionProposal) -> str:
    return "双方已同意,已报送审批" if row.state == states.APPROVING else "已提交,等开发人和服务人确认后自动报送审批"


def _form(request: PersonRequest, form: Any, refusal: Refusal | None, *, title: str, way: Any, **more: Any) -> HttpResponse:
    context = {"title": title, "crumbs": _crumbs(*way), "form": form, "refusal": refusal, **more}
    return render(request, "plans/division/division_form.html", context, status=409 if refusal else 200)


@door(when=access.sees_clients)
@require_GET
def proposal_list(request: PersonRequest) -> HttpResponse:
    """Proposals, the newest first; `?waiting=1`: those that wait for this person."""
    waiting = request.GET.get("waiting") == "1"
    rows = queries.proposals_for(request.person)
    if waiting:
        rows = rows.waiting_for(request.person)
    if asks_total(request):
        return rows_total(request, rows)
    context = {
        "title": "分工申请",
        "crumbs": _crumbs(LIST, ("申请", "")),
        "page": keyset_of(request, rows, order=["-pk"]),
        "only_waiting": waiting,
        "may_propose": access.proposes(request.person),
    }
    return render(request, "plans/division/proposal_list.html", context)


@door(when=access.sees_clients)
@require_GET
def proposal_detail(request: PersonRequest, proposal_id: int) -> HttpResponse:
    """One proposal: what it says, its clients, who has agreed."""
    return _detail(request, queries.proposal_for(request.person, proposal_id))


def _detail(request: PersonRequest, row: DivisionProposal, refusal: Refusal | None = None) -> HttpResponse:
    me = request.person
    mine = allows(access.require_maker, me, row)
    context = {
        "title": str(row),
        "crumbs": _crumbs(LIST, PROPOSALS, (str(row), "")),
        "row": row,
        "facts": facts_of(row),
        "lines": queries.clients_of(row),
        "may_answer": row.state == states.CONSULTING and allows(access.require_may_answer, me, row),
        "may_edit": mine and row.state == states.RETURNED,
        "may_drop": row.state in (states.CONSULTING, states.RETURNED) and allows(access.require_may_drop, me, row),
        "seen": stamp(row.content),
        "refusal": refusal,
    }
    return render(request, "plans/division/proposal_detail.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def proposal_edit(request: PersonRequest, proposal_id: int) -> HttpResponse:
    """Change one that was declined or returned, and ask both anew."""
    row = queries.proposal_for(request.person, proposal_id)
    access.require_maker(request.person, row)
    states.PROPOSAL.after(row.state, "edit")
    form_class = EndForm if row.ends else DivideForm
    given: dict[str, Any] = {"person": request.person, "branch": row.branch}
    form = form_class(request.POST or None, row=row, **given)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data[SEEN]
            changed = actions.edit_proposal(proposal_id=row.pk, wish=form.wish, by=request.person, seen=seen)
            messages.success(request, _next(changed))
            return redirect(changed)
        except Overtaken as overtaken:
            present = form_class(row=queries.proposal_for(request.person, proposal_id), **given)
            refusal = confront(overtaken, form, present, subject=row._meta.label, subject_id=str(row.pk))
        except Refusal as refused:
            refusal = refused
    way = (LIST, PROPOSALS, (str(row), row.get_absolute_url()), ("修改", ""))
    return _form(request, form, refusal, title=f"修改:{row}", way=way, back=row.get_absolute_url())


@door(when=access.sees_clients)
@require_POST
def proposal_answer(request: PersonRequest, proposal_id: int) -> HttpResponse:
    """同意, or 不同意 with a reason."""
    row, me = queries.proposal_for(request.person, proposal_id), request.person
    access.require_may_answer(me, row)
    try:
        if request.POST.get("act") == "decline":
            actions.decline(proposal_id=row.pk, reason=request.POST.get("reason", ""), by=me)
            messages.info(request, "已告知发起人您不同意,由其修改或撤回")
        else:
            changed = actions.agree(proposal_id=row.pk, by=me, seen=request.POST.get(SEEN, ""))
            sent = changed.state == states.APPROVING
            messages.success(request, "您已同意,申请已报送审批" if sent else "您已同意,等另一位确认")
    except Overtaken:
        said = "发起人在您打开页面之后修改了这份申请,您还没有同意。下面是修改后的内容,请核对后再决定"
        return _detail(request, queries.proposal_for(me, proposal_id), Refusal(said, code="overtaken"))
    except Refusal as refused:
        return _detail(request, row, refused)
    return redirect(row)


@door(Power.PLAN_EDIT)
@require_POST
def proposal_drop(request: PersonRequest, proposal_id: int) -> HttpResponse:
    """撤回."""
    row = queries.proposal_for(request.person, proposal_id)
    access.require_may_drop(request.person, row)
    try:
        actions.drop(proposal_id=row.pk, reason=request.POST.get("reason", "") or "发起人撤回", by=request.person)
    except Refusal as refused:
        return _detail(request, row, refused)
    messages.info(request, "已撤回,所选客户可以另行申请")
    return redirect("plans:proposal-list")
