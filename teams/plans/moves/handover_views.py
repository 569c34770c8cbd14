"""Pages of handover lists: which wait, arranging one client by client, signing it, its paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from branch.paging import asks_total, keyset_of, page_of, rows_total
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, allows
from kernel.ticked import ticked
from teams.plans.moves import access, handing, queries, rules
from teams.plans.moves.forms import AssignForm, LineFilter, WitnessForm
from teams.plans.moves.models import Handover
from teams.plans.moves.views import crumbs, tabs

LISTS = ("交接清单", "plans:handover-list")
FULL_PAPER = 5000  # lines; a longer list is printed from its export


@door(when=access.sees_moves)
@require_GET
def handover_list(request: PersonRequest) -> HttpResponse:
    """The lists one sees, newest first, those to be signed by oneself marked."""
    page = page_of(request, queries.handovers_for(request.person))
    mine = queries.waiting_among(request.person, [row.pk for row in page])
    context = {
        "title": "调动与离职",
        "crumbs": crumbs(("调动与离职", "plans:move-list"), ("交接清单", "")),
        "tabs": tabs("plans:handover-list"),
        "page": page,
        "rows": [{"handover": row, "mine": row.pk in mine} for row in page],
    }
    return render(request, "plans/moves/handover_list.html", context)


@door(when=access.sees_moves)
@require_GET
def handover_detail(request: PersonRequest, handover_id: int) -> HttpResponse:
    """One list: its clients, its signatures, and what this person may do with it."""
    return _detail(request, queries.handover_for(request.person, handover_id))


def _detail(request: PersonRequest, handover: Handover, refusal: Refusal | None = None) -> HttpResponse:
    me, form = request.person, LineFilter(request.GET)
    rows = queries.lines_for(me, handover, **form.chosen)
    if asks_total(request):
        return rows_total(request, rows)
    tally = queries.tally_of(handover)
    parties = queries.parties_of(handover, tally)
    arranges = handover.is_open and allows(access.require_may_arrange, me, handover)
    begun = any(party.signed_at is not None for party in parties)
    missing = 0 if handover.keeps_new or not handover.is_open else queries.missing_clients(handover).count()
    ready = handover.is_open and not tally.undecided and not missing and handover.witness is not None
    waits = ready and queries.is_next(me, parties)
    stands_in = ready and not handover.begun and allows(access.require_may_sign_for_absent, me, handover)
    context = {
        "title": str(handover),
        "crumbs": crumbs(LISTS, (str(handover), "")),
        "handover": handover,
        "subject": handover.subject,
        "tally": tally,
        "parties": parties,
        "filters": form,
        "page": keyset_of(request, rows, order=("client__client_no",), size=50),
        "sees_all": access.sees_whole_list(me, handover),
        "missing": missing,
        "arranges": arranges,
        "may_arrange": arranges and not begun,
        "may_begin_anew": arranges and begun,
        "assign_form": AssignForm(receivers=queries.receivers_for(handover)) if arranges and not begun else None,
        "witness_form": WitnessForm(witnesses=queries.witnesses_for(handover)) if arranges and not begun else None,
        "may_sign": waits,
        "stands_in": stands_in,
        "seen": queries.digest_for(me, handover, tally) if waits or stands_in else "",
        "refusal": refusal,
    }
    return render(request, "plans/moves/handover_detail.html", context, status=409 if refusal else 200)


@door(when=access.sees_moves)
@require_GET
def handover_print(request: PersonRequest, handover_id: int) -> HttpResponse:
    """交接清单 on A4: every client this person sees, and the signatures."""
    handover = queries.handover_for(request.person, handover_id)
    lines = list(queries.lines_for(request.person, handover)[: FULL_PAPER + 1])
    context = {
        "title": "客户交接清单",
        "handover": handover,
        "subject": handover.subject,
        "tally": queries.tally_of(handover),
        "parties": queries.parties_of(handover),
        "lines": lines[:FULL_PAPER],
        "cut": len(lines) > FULL_PAPER,
        "printed_at": timezone.now(),
        "back_url": handover.get_absolute_url(),
    }
    return render(request, "plans/moves/handover_print.html", context)


def _done(request: PersonRequest, handover_id: int, act: Callable[[Handover], Any], said: str) -> HttpResponse:
    """One act on a list; a refusal becomes a message on its page."""
    handover = queries.handover_for(request.person, handover_id)
    try:
        result = act(handover)
    except Refusal as refused:
        return _detail(request, queries.handover_for(request.person, handover_id), refused)
    messages.success(request, said.format(result))
    return redirect(handover)


@door(Power.PLAN_EDIT)
@require_POST
def handover_assign(request: PersonRequest, handover_id: int) -> HttpResponse:
    """Say what becomes of the chosen clients, or of all undecided ones."""
    me = request.person
    everything = "all" in request.POST
    keep = request.POST.get("decision") == rules.KEEP

    def act(handover: Handover) -> int:
        form = AssignForm(request.POST, receivers=queries.receivers_for(handover))
        receiver = form.cleaned_data["receiver"] if form.is_valid() else None
        ids = None if everything else ticked(request.POST.getlist("ids"))
        decision = rules.KEEP if keep else rules.HAND
        return handing.assign(handover_id=handover.pk, decision=decision, receiver=receiver, by=me, line_ids=ids)

    return _done(request, handover_id, act, "已安排 {} 位客户")


@door(Power.PLAN_EDIT)
@require_POST
def handover_refresh(request: PersonRequest, handover_id: int) -> HttpResponse:
    """更新清单."""
    me = request.person
    act = lambda handover: handing.refresh(handover_id=handover.pk, by=me)  # noqa: E731
    return _done(request, handover_id, act, "清单已更新:新增 {0[0]} 户,去掉 {0[1]} 户")


@door(Power.PLAN_EDIT)
@require_POST
def handover_witness(request: PersonRequest, handover_id: int) -> HttpResponse:
    """更换监交人."""
    me = request.person

    def act(handover: Handover) -> Any:
        form = WitnessForm(request.POST, witnesses=queries.witnesses_for(handover))
        if not form.is_valid():
            raise Refusal("请选择监交人", code="no_witness")
        return handing.choose_witness(handover_id=handover.pk, witness=form.cleaned_data["witness"], by=me).witness

    return _done(request, handover_id, act, "监交人已改为{}")


@door(Power.PLAN_EDIT)
@require_POST
def handover_anew(request: PersonRequest, handover_id: int) -> HttpResponse:
    """重新安排."""
    me, reason = request.person, request.POST.get("reason", "")
    act = lambda handover: handing.begin_anew(handover_id=handover.pk, reason=reason, by=me)  # noqa: E731
    return _done(request, handover_id, act, "{}已退回重新安排,已签的字作废")


@door(when=access.sees_moves)
@require_POST
def handover_sign(request: PersonRequest, handover_id: int) -> HttpResponse:
    """签字."""
    me, seen = request.person, request.POST.get("seen", "")
    act = lambda handover: handing.sign(handover_id=handover.pk, seen_digest=seen, by=me)  # noqa: E731
    return _done(request, handover_id, act, "您已在{}上签字")


@door(Power.PLAN_EDIT)
@require_POST
def handover_stand_in(request: PersonRequest, handover_id: int) -> HttpResponse:
    """代签 for a leaver who can't."""
    me, seen, reason = request.person, request.POST.get("seen", ""), request.POST.get("reason", "")
    act = lambda handover: handing.sign_for_absent(  # noqa: E731
        handover_id=handover.pk, reason=reason, seen_digest=seen, by=me
    )
    return _done(request, handover_id, act, "已代移交人在{}上签字")
