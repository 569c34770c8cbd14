"""Pages of progress: the month's board, one's own month on a phone, notes where a month is behind."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.money import half_up
from kernel.months import Month
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken
from teams.plans.targets import access, actions, queries
from teams.plans.targets.forms import MonthBoardForm, NoteFilter, NoteForm
from teams.plans.targets.metrics import METRICS, Level
from teams.plans.targets.models import DeviationNote, StaleMonth
from teams.plans.targets.progress import Board, board_for, months_with_figures, own_board
from teams.plans.targets.views import crumbs

PROGRESS = ("目标进度", "plans:progress")
BARS = 40  # a picture of more bars shows nothing


@door(Power.PLAN_VIEW)
@require_GET
def progress(request: PersonRequest) -> HttpResponse:
    """A month of one metric: every unit the person sees, its completion, forecast, the 15th, the year to date."""
    form = MonthBoardForm(request.GET, person=request.person)
    branch, metric = form.chosen_branch, form.chosen_metric
    months = months_with_figures(branch)
    month = form.chosen_month(months)
    form.data = {**request.GET.dict(), "month": str(month)}  # the field shows what the page shows
    board = board_for(request.person, branch, month, metric, level=form.chosen_level)
    query = f"branch={branch.code}&month={month}&level={form.chosen_level}&metric="
    context = {
        "title": f"{month.label}{METRICS[metric].label}进度",
        "crumbs": crumbs(("目标进度", "")),
        "filters": form,
        "tabs": [{"label": one.label, "url": f"?{query}{code}", "now": code == metric} for code, one in METRICS.items()],
        "branch": branch,
        "month": month,
        "metric": METRICS[metric],
        "board": board,
        "figures": _figures(board),
        "chart": _chart(board) if board.lines and board.as_of else None,
        "stale": StaleMonth.objects.filter(branch=branch, month=month).exists(),
        "export_of": f"branch={branch.code}&month={month}&metric={metric}&level={form.chosen_level}",
    }
    return render(request, "plans/targets/progress.html", context)


def _figures(board: Board) -> dict[str, int]:
    """How many people are where: the head of the board."""
    people = [line for line in board.lines if line.target.level == Level.PERSON]
    return {
        "people": len(people),
        "in_time": sum(line.in_time for line in people),
        "reached": sum(line.completion is not None and line.completion >= 1 for line in people),
        "behind": sum(line.is_behind for line in people),
    }


def _chart(board: Board) -> dict[str, Any]:
    """Bars of completion in per cent, the best first (people, where there are any), and what of the month has passed."""
    known = [line for line in board.lines if line.completion is not None]
    people = [line for line in known if line.target.level == Level.PERSON]
    shown = sorted(people or known, key=lambda line: -(line.completion or 0))[:BARS]
    passed = float(half_up(board.time_share * 100, 1))
    return {
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 16, "bottom": 72},
        "xAxis": {"type": "category", "data": [line.target.full_name for line in shown], "axisLabel": {"rotate": 40}},
        "yAxis": {"type": "value", "name": "%"},
        "series": [
            {
                "name": "完成率",
                "type": "bar",
                "barMaxWidth": 28,
                "data": [float(half_up((line.completion or 0) * 100, 1)) for line in shown],
            },
            {"name": "时间进度", "type": "line", "symbol": "none", "data": [passed] * len(shown)},
        ],
    }


@door(when=access.sees_targets)
@require_GET
def my_progress(request: PersonRequest) -> HttpResponse:
    """One's own targets of the month, as a phone shows them."""
    branch = access.require_branch(request.person, request.GET.get("branch", ""))
    form = MonthBoardForm(request.GET, person=request.person)
    month = form.chosen_month(months_with_figures(branch))
    board = own_board(request.person, branch, month)
    context = {
        "title": "我的目标进度",
        "crumbs": crumbs(("我的进度", "")),
        "branch": branch,
        "month": month,
        "before": month.previous,
        "after": month.next if month < Month(month.year, 12) else None,
        "board": board,
    }
    return render(request, "plans/targets/my_progress.html", context)


@door(when=access.sees_targets)
@require_GET
def note_list(request: PersonRequest) -> HttpResponse:
    """偏差说明: those asked of me first, then all I may see."""
    form = NoteFilter(request.GET)
    mine = set(DeviationNote.objects.waiting_for(request.person).values_list("pk", flat=True))
    rows = queries.notes_for(request.person, state=form.chosen)
    context = {
        "title": "偏差说明",
        "crumbs": crumbs(PROGRESS, ("偏差说明", "")) if holds(request.person, Power.PLAN_VIEW) else crumbs(("偏差说明", "")),
        "filters": form,
        "page": page_of(request, rows),
        "mine": mine,
    }
    return render(request, "plans/targets/note_list.html", context)


@door(when=access.sees_targets)
@require_http_methods(["GET", "POST"])
def note_detail(request: PersonRequest, note_id: int) -> HttpResponse:
    """One note; whose target it is says why and what is done."""
    note = queries.note_for(request.person, note_id)
    may_answer = note.state != "lapsed" and allows(access.require_may_answer, request.person, note)
    form = NoteForm(request.POST or None, note=note)
    refusal: Refusal | None = None
    if request.method == "POST":
        access.require_may_answer(request.person, note)
        if form.is_valid():
            try:
                given = form.cleaned_data
                words = {"cause": given["cause"], "action": given["action"]}
                actions.answer_note(note_id=note.pk, **words, by=request.person, seen=given[SEEN])
                messages.success(request, "已提交偏差说明,负责人看得到")
                return redirect("plans:note-detail", note.pk)
            except Overtaken as overtaken:
                present = NoteForm(note=queries.note_for(request.person, note_id))
                refusal = confront(overtaken, form, present, subject=note._meta.label, subject_id=str(note.pk))
            except Refusal as refused:
                refusal = refused
    context = {
        "title": str(note),
        "crumbs": crumbs(("偏差说明", reverse("plans:note-list")), (note.target.unit_name, "")),
        "note": note,
        "form": form,
        "refusal": refusal,
        "may_answer": may_answer,
    }
    return render(request, "plans/targets/note_detail.html", context, status=409 if refusal else 200)
