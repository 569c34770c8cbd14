"""Pages of leavings: the list, filing one, what still binds, closing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.requests import access as approvals
from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken
from teams.plans.moves import access, actions, queries, states
from teams.plans.moves.forms import LeavingFilter, LeavingForm
from teams.plans.moves.models import Leaving
from teams.plans.moves.views import crumbs, tabs

LEAVINGS = ("离职", "plans:leaving-list")


@door(when=access.sees_moves)
@require_GET
def leaving_list(request: PersonRequest) -> HttpResponse:
    """The leavings one sees, newest first."""
    form, today = LeavingFilter(request.GET), timezone.localdate()
    page = page_of(request, queries.leavings_for(request.person, **form.chosen))
    context = {
        "title": "调动与离职",
        "crumbs": crumbs(("调动与离职", "plans:move-list"), ("离职", "")),
        "tabs": tabs("plans:leaving-list"),
        "filters": form,
        "page": page,
        "rows": [{"leaving": leaving, "standing": leaving.standing(today)} for leaving in page],
        "may_file": access.may_file(request.person),
    }
    return render(request, "plans/moves/leaving_list.html", context)


@door(when=access.sees_moves)
@require_GET
def leaving_detail(request: PersonRequest, leaving_id: int) -> HttpResponse:
    """One leaving: what still binds, who must do what, and what may be done now."""
    return _detail(request, queries.leaving_for(request.person, leaving_id))


def _detail(request: PersonRequest, leaving: Leaving, refusal: Refusal | None = None) -> HttpResponse:
    me, today = request.person, timezone.localdate()
    handover = getattr(leaving, "handover", None)
    may_change = allows(access.require_may_revise, me, leaving)
    open_now, asked = leaving.state in (states.DRAFT, states.RETURNED), leaving.approval
    bound = queries.bindings_of(leaving) if leaving.state in states.OPEN else []
    blocking = any(found.blocks for found in bound)
    context = {
        "title": str(leaving),
        "crumbs": crumbs(LEAVINGS, (str(leaving), "")),
        "leaving": leaving,
        "handover": handover,
        "sees_handover": handover is not None and queries.sees_list(me, handover),
        "standing": leaving.standing(today),
        "late": leaving.state in states.OPEN and leaving.last_day < today,
        "bindings": [found for found in bound if found.told_to(me)],
        "blocking": blocking,
        "may_edit": may_change and open_now,
        "may_withdraw": asked is not None
        and leaving.state in (states.APPROVING, states.RETURNED)
        and allows(approvals.require_withdrawable, me, asked),
        "may_cancel": may_change and states.LEAVING.can(leaving.state, "cancel"),
        "may_close": leaving.state == states.HANDING
        and not blocking
        and handover is not None
        and handover.completed_at is not None
        and allows(access.require_may_close, me, leaving),
        "refusal": refusal,
    }
    return render(request, "plans/moves/leaving_detail.html", context, status=409 if refusal else 200)


@door(when=access.may_file)
@require_http_methods(["GET", "POST"])
def leaving_new(request: PersonRequest) -> HttpResponse:
    """提出离职, for oneself or for somebody one leads."""
    me = request.person
    form = LeavingForm(request.POST or None, people=queries.people_to_plan_for(me, themselves=True))
    if not access.may_plan(me):
        form.initial["person"] = me.pk
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            leaving = actions.file_leaving(**form.given, by=me)
            messages.success(request, f"已登记{leaving},核对后报批")
            return redirect(leaving)
        except Refusal as refused:
            refusal = refused
    way = (LEAVINGS, ("提出离职", ""))
    return _form(request, form, refusal, title="提出离职", back=reverse("plans:leaving-list"), way=way)


@door(when=access.may_file)
@require_http_methods(["GET", "POST"])
def leaving_edit(request: PersonRequest, leaving_id: int) -> HttpResponse:
    """Change a leaving that is not on its way; the second of two editors sees both versions."""
    leaving = queries.leaving_for(request.person, leaving_id)
    access.require_may_revise(request.person, leaving)
    states.LEAVING.after(leaving.state, "edit")
    form = LeavingForm(request.POST or None, leaving=leaving)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data[SEEN]
            return redirect(actions.edit_leaving(leaving_id=leaving.pk, **form.given, by=request.person, seen=seen))
        except Overtaken as overtaken:
            present = LeavingForm(leaving=queries.leaving_for(request.person, leaving_id))
            refusal = confront(overtaken, form, present, subject=leaving._meta.label, subject_id=str(leaving.pk))
        except Refusal as refused:
            refusal = refused
    way = (LEAVINGS, (str(leaving), leaving.get_absolute_url()), ("修改", ""))
    return _form(request, form, refusal, title=f"修改{leaving}", back=leaving.get_absolute_url(), way=way)


def _form(request: PersonRequest, form: Any, refusal: Refusal | None, *, title: str, back: str, way: Any) -> HttpResponse:
    context = {"title": title, "crumbs": crumbs(*way), "form": form, "refusal": refusal, "back": back}
    return render(request, "plans/moves/form.html", context, status=409 if refusal else 200)


def _done(request: PersonRequest, leaving_id: int, act: Callable[[Leaving], Leaving], said: str) -> HttpResponse:
    """One act on a leaving; a refusal becomes a message on its page."""
    leaving = queries.leaving_for(request.person, leaving_id)
    try:
        act(leaving)
    except Refusal as refused:
        return _detail(request, queries.leaving_for(request.person, leaving_id), refused)
    messages.success(request, said.format(leaving))
    return redirect(leaving)


@door(when=access.may_file)
@require_POST
def leaving_send(request: PersonRequest, leaving_id: int) -> HttpResponse:
    """报批."""
    me = request.person
    act = lambda leaving: actions.send_leaving_up(leaving_id=leaving.pk, by=me)  # noqa: E731
    return _done(request, leaving_id, act, "{}已报批,可以随时查看审批进度")


@door(when=access.may_file)
@require_POST
def leaving_withdraw(request: PersonRequest, leaving_id: int) -> HttpResponse:
    """撤回."""
    me, reason = request.person, request.POST.get("reason", "")
    act = lambda leaving: actions.take_leaving_back(leaving_id=leaving.pk, reason=reason, by=me)  # noqa: E731
    return _done(request, leaving_id, act, "已撤回{},改好后可以重新报批")


@door(when=access.may_file)
@require_POST
def leaving_cancel(request: PersonRequest, leaving_id: int) -> HttpResponse:
    """撤销."""
    me, reason = request.person, request.POST.get("reason", "")
    act = lambda leaving: actions.cancel_leaving(leaving_id=leaving.pk, reason=reason, by=me)  # noqa: E731
    return _done(request, leaving_id, act, "已撤销{}")


@door(Power.ROSTER_IMPORT)
@require_POST
def leaving_close(request: PersonRequest, leaving_id: int) -> HttpResponse:
    """办结."""
    me = request.person
    act = lambda leaving: actions.close_leaving(leaving_id=leaving.pk, by=me)  # noqa: E731
    return _done(request, leaving_id, act, "已办结{},任职和角色到最后工作日为止")
