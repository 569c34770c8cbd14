"""Pages of business analysis reports: a period's teams, one report, writing it, taking figures anew, handing it in, printing."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.requests import access as approvals
from branch.org.models import Team
from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown, allows
from kernel.seen import Overtaken
from teams.plans.marketing.views import crumbs
from teams.plans.reports import access, actions, queries, rules, signing, states, tables
from teams.plans.reports.forms import BeginForm, PeriodFilter, TextForm
from teams.plans.reports.gathering import gather
from teams.plans.reports.models import AnalysisReport

REPORTS = ("业务分析报告", "plans:report-list")


@door(Power.PLAN_VIEW)
@require_GET
def report_list(request: PersonRequest) -> HttpResponse:
    """The teams of a period with their reports: who has handed in, who is late."""
    return _list(request, PeriodFilter(request.GET))


def _list(request: PersonRequest, form: PeriodFilter, *, refusal: Refusal | None = None) -> HttpResponse:
    kind, last, me, today = form.chosen_kind, form.chosen_month, request.person, timezone.localdate()
    due = queries.due_days({kind: last})[kind]
    page = page_of(request, queries.teams_within(me, Power.PLAN_VIEW, kind, last))
    writing = {team.pk for team in page if allows(access.require_may_write, me, team)} if holds(me, Power.PLAN_EDIT) else set()
    context = {
        "title": "业务分析报告",
        "crumbs": crumbs(("业务分析报告", "")),
        "filters": form,
        "page": page,
        "lines": queries.lines(me, page, kind, last, due=due, today=today),
        "writing": writing,
        "kind": kind,
        "month": last,
        "period": rules.period_label(kind, last),
        "due": due,
        "refusal": refusal,
    }
    return render(request, "plans/reports/report_list.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_POST
def report_begin(request: PersonRequest) -> HttpResponse:
    """编制: the draft with its figures."""
    form = BeginForm(request.POST)
    if not form.is_valid():
        return _list(request, PeriodFilter({}), refusal=Refusal("请在列表里选择团队和期间,再按“编制”", code="incomplete"))
    given = form.cleaned_data
    rules.require_period(given["kind"], given["month"])
    team = queries.teams_within(request.person, Power.PLAN_EDIT, given["kind"], given["month"]).filter(pk=given["team"]).first()
    if team is None:
        raise Unknown("没有这个团队")
    return _begin(request, team, given["kind"], given["month"])


def _begin(request: PersonRequest, team: Team, kind: str, month: Any) -> HttpResponse:
    try:
        report = actions.draft_report(team=team, kind=kind, month=month, by=request.person)
    except Refusal as refused:
        return _list(request, PeriodFilter({"kind": kind, "month": str(month)}), refusal=refused)
    messages.success(request, f"已取好{report}的业务数据,请填写分析说明、问题与措施和下期计划")
    return redirect("plans:report-write", report.pk)


@door(Power.PLAN_VIEW)
@require_GET
def report_detail(request: PersonRequest, report_id: int) -> HttpResponse:
    """One report with what may be done with it now."""
    return _detail(request, queries.report_for(request.person, report_id))


def _detail(request: PersonRequest, report: AnalysisReport, *, refusal: Refusal | None = None) -> HttpResponse:
    me, asked = request.person, report.approval
    may_write = allows(access.require_may_write, me, report.team)
    context = {
        **signing.shown(report, access.sight_of(me, report.team)),
        "title": str(report),
        "crumbs": crumbs(REPORTS, (str(report), "")),
        "moved": queries.moved([report])[report.pk],
        "may_edit": may_write and report.editable,
        "may_send": may_write and report.editable and report.state != states.REJECTED,
        "may_withdraw": asked is not None
        and report.state in (states.SUBMITTED, states.RETURNED)
        and allows(approvals.require_withdrawable, me, asked),
        "export_of": f"report={report.pk}",
        "refusal": refusal,
    }
    return render(request, "plans/reports/report_detail.html", context, status=409 if refusal else 200)


@door(Power.PLAN_VIEW)
@require_GET
def report_since(request: PersonRequest, report_id: int) -> HttpResponse:
    """数据已变: what the closed data says now, beside what the report says."""
    report = queries.report_for(request.person, report_id)
    refusal: Refusal | None = None
    found: list[tuple[str, str, str]] = []
    try:
        found = tables.changes(report.figures, gather(report.team, report.kind, report.month).figures)
    except Refusal as refused:  # a month is open again: nothing to compare with yet
        refusal = refused
    context = {
        "title": f"{report}:数据变化",
        "crumbs": crumbs(REPORTS, (str(report), report.get_absolute_url()), ("数据变化", "")),
        "report": report,
        "changes": found,
        "refusal": refusal,
    }
    return render(request, "plans/reports/report_since.html", context)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def report_write(request: PersonRequest, report_id: int) -> HttpResponse:
    """The words; the second of two editors sees both versions."""
    report = queries.report_for(request.person, report_id)
    access.require_may_write(request.person, report.team)
    states.REPORT.after(report.state, "write")
    form = TextForm(request.POST or None, report=report)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.write(report_id=report.pk, texts=form.texts, by=request.person, seen=form.cleaned_data[SEEN])
            messages.success(request, f"已保存{report}")
            return redirect(report)
        except Overtaken as overtaken:
            present = TextForm(report=queries.report_for(request.person, report_id))
            refusal = confront(overtaken, form, present, subject=report._meta.label, subject_id=str(report.pk))
        except Refusal as refused:
            refusal = refused
    context = {
        "title": f"填写{report}",
        "crumbs": crumbs(REPORTS, (str(report), report.get_absolute_url()), ("填写", "")),
        "form": form,
        "report": report,
        "blocks": tables.blocks(report.figures, access.sight_of(request.person, report.team)),
        "refusal": refusal,
    }
    return render(request, "plans/reports/report_write.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_POST
def report_refresh(request: PersonRequest, report_id: int) -> HttpResponse:
    """重新取数."""
    report = queries.report_for(request.person, report_id)
    try:
        taken = actions.refresh(report_id=report.pk, by=request.person)
    except Refusal as refused:
        return _detail(request, report, refusal=refused)
    said = f"有 {len(taken.changes)} 处变化,列在下面" if taken.changes else "数据没有变化"
    messages.success(request, f"已重新取数,{said}")
    return redirect(report)


@door(Power.PLAN_EDIT)
@require_POST
def report_send(request: PersonRequest, report_id: int) -> HttpResponse:
    """提交, or hand in again."""
    report = queries.report_for(request.person, report_id)
    try:
        actions.hand_in(report_id=report.pk, by=request.person)
    except Refusal as refused:
        return _detail(request, report, refusal=refused)
    messages.success(request, f"{report}已提交审核")
    return redirect(report)


@door(Power.PLAN_EDIT)
@require_POST
def report_withdraw(request: PersonRequest, report_id: int) -> HttpResponse:
    """撤回."""
    report = queries.report_for(request.person, report_id)
    try:
        actions.take_back(report_id=report.pk, reason=request.POST.get("reason", ""), by=request.person)
    except Refusal as refused:
        return _detail(request, report, refusal=refused)
    messages.info(request, f"已撤回{report},改好后可以再次提交")
    return redirect(report)


@door(Power.PLAN_VIEW)
@require_GET
def report_print(request: PersonRequest, report_id: int) -> HttpResponse:
    """The report on A4."""
    report = queries.report_for(request.person, report_id)
    context = {
        **signing.shown(report, access.sight_of(request.person, report.team)),
        "title": str(report),
        "back_url": report.get_absolute_url(),
        "signatures": queries.signatures(report),
        "printed_on": timezone.localdate(),
    }
    return render(request, "plans/reports/report_print.html", context)
