"""Pages of moves: the list, planning one, what becomes of it."""

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
from teams.plans.moves import access, actions, handing, queries, states
from teams.plans.moves.forms import MoveFilter, MoveForm
from teams.plans.moves.models import Move

MOVES = ("调动", "plans:move-list")
TABS = (("调动", "plans:move-list"), ("离职", "plans:leaving-list"), ("交接清单", "plans:handover-list"))


def crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    """Where the page is: 团队, then each label with its address or url name."""
    return [("团队", ""), *((label, reverse(name) if name.startswith("plans:") else name) for label, name in pages)]


def tabs(now: str) -> list[dict[str, Any]]:
    return [{"label": label, "url": reverse(name), "now": name == now} for label, name in TABS]


@door(when=access.sees_moves)
@require_GET
def move_list(request: PersonRequest) -> HttpResponse:
    """The moves one sees, newest first."""
    form, today = MoveFilter(request.GET), timezone.localdate()
    page = page_of(request, queries.moves_for(request.person, **form.chosen))
    context = {
        "title": "调动与离职",
        "crumbs": crumbs(("调动与离职", "")),
        "tabs": tabs("plans:move-list"),
        "filters": form,
        "page": page,
        "rows": [{"move": move, "standing": move.standing(today)} for move in page],
        "may_plan": access.may_plan(request.person),
    }
    return render(request, "plans/moves/move_list.html", context)


@door(when=access.sees_moves)
@require_GET
def move_detail(request: PersonRequest, move_id: int) -> HttpResponse:
    """One move with what may be done with it now."""
    return _detail(request, queries.move_for(request.person, move_id))


def _detail(request: PersonRequest, move: Move, refusal: Refusal | None = None) -> HttpResponse:
    me, today = request.person, timezone.localdate()
    may_change, handover = allows(access.require_may_change, me, move), getattr(move, "handover", None)
    open_now = move.state in (states.DRAFT, states.RETURNED)
    asked = move.approval
    late = move.state == states.HANDING and move.effective_on <= today
    context = {
        "title": str(move),
        "crumbs": crumbs(MOVES, (str(move), "")),
        "move": move,
        "handover": handover,
        "sees_handover": handover is not None and queries.sees_list(me, handover),
        "standing": move.standing(today),
        "late": late,
        "may_edit": may_change and open_now,
        "may_accept": open_now
        and move.crosses_teams
        and move.accepted_by_id is None
        and allows(access.require_may_accept, me, move),
        "awaits_acceptance": open_now and move.crosses_teams and move.accepted_by_id is None,
        "may_send": may_change and open_now and (not move.crosses_teams or move.accepted_by_id is not None),
        "may_withdraw": asked is not None
        and move.state in (states.APPROVING, states.RETURNED)
        and allows(approvals.require_withdrawable, me, asked),
        "may_take_effect": may_change
        and move.state == states.HANDING
        and handover is not None
        and handover.completed_at is not None,
        "may_cancel": may_change and states.MOVE.can(move.state, "cancel"),
        "refusal": refusal,
    }
    return render(request, "plans/moves/move_detail.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def move_new(request: PersonRequest) -> HttpResponse:
    """拟调."""
    me = request.person
    form = MoveForm(request.POST or None, people=queries.people_to_plan_for(me), **_places(request))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            move = actions.plan_move(person=form.cleaned_data["person"], wish=form.wish, by=me)
            messages.success(request, f"已拟定{move},核对后报批")
            return redirect(move)
        except Refusal as refused:
            refusal = refused
    return _form(request, form, refusal, title="拟调动", back=reverse("plans:move-list"), way=(MOVES, ("拟调动", "")))


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def move_edit(request: PersonRequest, move_id: int) -> HttpResponse:
    """Change a move that is not on its way; the second of two editors sees both versions."""
    move = queries.move_for(request.person, move_id)
    access.require_may_change(request.person, move)
    states.MOVE.after(move.state, "edit")
    form = MoveForm(request.POST or None, move=move, **_places(request))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(actions.edit_move(move_id=move.pk, wish=form.wish, by=request.person, seen=form.cleaned_data[SEEN]))
        except Overtaken as overtaken:
            present = MoveForm(move=queries.move_for(request.person, move_id), **_places(request))
            refusal = confront(overtaken, form, present, subject=move._meta.label, subject_id=str(move.pk))
        except Refusal as refused:
            refusal = refused
    way = (MOVES, (str(move), move.get_absolute_url()), ("修改", ""))
    return _form(request, form, refusal, title=f"修改{move}", back=move.get_absolute_url(), way=way)


def _places(request: PersonRequest) -> dict[str, Any]:
    return {"groups": queries.groups_to_move_to(request.person), "outlets": queries.outlets_to_move_to(request.person)}


def _form(request: PersonRequest, form: Any, refusal: Refusal | None, *, title: str, back: str, way: Any) -> HttpResponse:
    context = {"title": title, "crumbs": crumbs(*way), "form": form, "refusal": refusal, "back": back}
    return render(request, "plans/moves/form.html", context, status=409 if refusal else 200)


def _done(request: PersonRequest, move_id: int, act: Callable[[Move], Move], said: str) -> HttpResponse:
    """One act on a move; a refusal becomes a message on its page."""
    move = queries.move_for(request.person, move_id)
    try:
        act(move)
    except Refusal as refused:
        return _detail(request, queries.move_for(request.person, move_id), refused)
    messages.success(request, said.format(move))
    return redirect(move)


@door(Power.PLAN_EDIT)
@require_POST
def move_accept(request: PersonRequest, move_id: int) -> HttpResponse:
    """接收团队同意."""
    me = request.person
    return _done(request, move_id, lambda move: actions.accept_move(move_id=move.pk, by=me), "已同意接收,{}可以报批")


@door(Power.PLAN_EDIT)
@require_POST
def move_send(request: PersonRequest, move_id: int) -> HttpResponse:
    """报批."""
    me = request.person
    return _done(request, move_id, lambda move: actions.send_move_up(move_id=move.pk, by=me), "{}已报批,可以随时查看审批进度")


@door(Power.PLAN_EDIT)
@require_POST
def move_withdraw(request: PersonRequest, move_id: int) -> HttpResponse:
    """撤回."""
    me, reason = request.person, request.POST.get("reason", "")
    act = lambda move: actions.take_move_back(move_id=move.pk, reason=reason, by=me)  # noqa: E731
    return _done(request, move_id, act, "已撤回{},改好后可以重新报批")


@door(Power.PLAN_EDIT)
@require_POST
def move_cancel(request: PersonRequest, move_id: int) -> HttpResponse:
    """撤销."""
    me, reason = request.person, request.POST.get("reason", "")
    return _done(request, move_id, lambda move: actions.cancel_move(move_id=move.pk, reason=reason, by=me), "已撤销{}")


@door(Power.PLAN_EDIT)
@require_POST
def move_effect(request: PersonRequest, move_id: int) -> HttpResponse:
    """生效, tried again once what held it is gone."""
    access.require_may_change(request.person, queries.move_for(request.person, move_id))
    me = request.person
    return _done(request, move_id, lambda move: handing.take_effect(move_id=move.pk, by=me), "{}已生效")
