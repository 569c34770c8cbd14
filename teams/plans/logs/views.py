"""Pages of the logs: one's own month, writing a day, one log with its versions, the month of those one leads."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from branch.paging import page_of
from branch.people.doors import PersonRequest, door
from branch.people.models import Engagement
from branch.people.roles import Power
from kernel.refusals import Refusal, allows
from teams.plans.logs import access, actions, queries, states
from teams.plans.logs.duties import COLOURS, at_place, days_between
from teams.plans.logs.forms import (
    ContactRows,
    DayForm,
    LogForm,
    MonthForm,
    VerdictForm,
    contact_rows_of,
    contacts_of,
    initial_of,
)
from teams.plans.logs.models import LogVersion, WorkLog

MINE, BOARD = ("我的日志", "plans:my-logs"), ("工作日志", "plans:log-board")
SOON = timedelta(days=7)


def crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    """Where the page is: 团队, then each label with its url name."""
    return [("团队", ""), *((label, reverse(name) if name else "") for label, name in pages)]


@door(when=access.keeps_log)
@require_GET
def my_logs(request: PersonRequest) -> HttpResponse:
    """The own month day by day, and whom to be in touch with next."""
    form, me, today = MonthForm(request.GET), request.person, timezone.localdate()
    month = form.chosen
    row = queries.own_month(me, month)
    context = {
        "title": "我的日志",
        "crumbs": crumbs(("我的日志", "")),
        "month": month,
        "weeks": queries.weeks_of(month, row.cells),
        "logs": [cell for cell in reversed(row.cells) if cell.word],
        "counts": row.counts,
        "follow_ups": queries.follow_ups(me, today),
        "soon": today + SOON,
        "today": today,
        "colours": COLOURS,
    }
    return render(request, "plans/logs/my_logs.html", context)


@door(when=access.keeps_log)
@require_http_methods(["GET", "POST"])
def log_write(request: PersonRequest) -> HttpResponse:
    """Write the own log of a day, or correct it."""
    me, day = request.person, DayForm(request.GET).chosen
    log = queries.own_log(me, day)
    written = log.versions.all()[0] if log is not None else None
    kind = log.kind if log is not None else _kind(request, day)
    before = queries.last_said(me, day)
    initial, rows = _initial(request, day, written, before)
    form = LogForm(request.POST or None, kind=kind, initial=initial)
    contacts = ContactRows(request.POST or None, initial=rows, prefix="contact")
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid() and contacts.is_valid():
        try:
            saved = actions.write_log(day=day, entry=form.entry(contacts_of(contacts, me)), by=me)
            messages.success(request, f"已提交 {day} 的{saved.get_kind_display()}")
            return redirect(f"{reverse('plans:log-detail', args=[saved.pk])}?sent=1")
        except Refusal as refused:
            refusal = refused
    elif request.method == "POST":
        refusal = Refusal("有几处没有填好,请看下面标出的地方", code="invalid")
    word = str(WorkLog.Kind(kind).label)
    context = {
        "title": f"{'修改' if log is not None else '填写'}{word}",
        "crumbs": crumbs(MINE, (str(day), "")),
        "form": form,
        "contacts": contacts,
        "refusal": refusal,
        "day": day,
        "kind": kind,
        "before": before,
        "returned": log is not None and log.state == states.RETURNED,
        "clients": queries.offered_clients(me),
        "draft": f"log:{me.staff_no}:{day}:{written.number if written is not None else 0}",
    }
    return render(request, "plans/logs/log_write.html", context)


def _kind(request: PersonRequest, day: date) -> str:
    _, engagement = at_place(request.person, day)
    broker = engagement is not None and engagement.kind == Engagement.Kind.BROKER
    return str(WorkLog.Kind.ACTIVITY if broker else WorkLog.Kind.LOG)


def _initial(
    request: PersonRequest, day: date, written: LogVersion | None, before: LogVersion | None
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What is written already; else what is known: the CRM's figures of the day, and the times of the last log."""
    if request.method == "POST":
        return {}, []
    if written is not None:
        return initial_of(written), contact_rows_of(written)
    known = queries.known_of(request.person, day)
    times = {"arrived_at": before.arrived_at, "left_at": before.left_at} if before is not None else {}
    return {"accounts_opened": known.accounts, "product_sales": known.sold, **times}, []


@door(when=access.sees_logs)
@require_GET
def log_detail(request: PersonRequest, log_id: int) -> HttpResponse:
    """One log: what it says now, what it said before, what the leader said."""
    log = queries.log_for(request.person, log_id)
    versions, checks = list(log.versions.all()), list(log.checks.all())
    waiting = next((check for check in checks if check.checked_at is None), None)
    me = request.person
    mine = log.person_id == me.pk
    for check in checks:
        check.log = log
    context = {
        "title": str(log),
        "crumbs": crumbs(MINE if mine else BOARD, (str(log.day), "")),
        "log": log,
        "colour": COLOURS[log.state],
        "version": versions[0],
        "former": versions[1:],
        "checks": checks,
        "waiting": waiting if waiting is not None and allows(access.require_may_check, me, waiting) else None,
        "form": VerdictForm(),
        "may_write": mine and log.state != states.PASSED,
        "sent": f"log:{me.staff_no}:{log.day}:" if mine and request.GET.get("sent") else "",
    }
    return render(request, "plans/logs/log_detail.html", context)


@door(Power.PLAN_VIEW)
@require_GET
def log_board(request: PersonRequest) -> HttpResponse:
    """The month of everybody one leads: a row a person, a cell a day, and the counts."""
    form = MonthForm(request.GET)
    month = form.chosen
    form.data = {**request.GET.dict(), "month": str(month)}  # the field shows what the page shows
    page = page_of(request, queries.people_led(request.person, month), size=50)
    context = {
        "title": f"{month.label}工作日志",
        "crumbs": crumbs(("工作日志", "")),
        "filters": form,
        "month": month,
        "days": list(days_between(month.first, month.last)),
        "page": page,
        "rows": queries.board(list(page), month),
    }
    return render(request, "plans/logs/log_board.html", context)
