"""Pages of the leader's draw: what was drawn, drawing a week, the word on a log."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from branch.paging import page_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown
from teams.plans.logs import actions, queries, rules
from teams.plans.logs.duties import COLOURS
from teams.plans.logs.forms import CheckFilter, DrawForm, VerdictForm
from teams.plans.logs.models import LogCheck
from teams.plans.logs.views import crumbs


@door(Power.PLAN_VIEW)
@require_GET
def log_checks(request: PersonRequest) -> HttpResponse:
    """What was drawn, with its seed; drawing a week by hand."""
    form, me = CheckFilter(request.GET), request.person
    page = page_of(request, queries.checks_for(me, waiting=form.chosen))
    teams = queries.teams_to_draw(me)
    context = {
        "title": "日志抽查",
        "crumbs": crumbs(("日志抽查", "")),
        "filters": form,
        "page": page,
        "colours": COLOURS,
        "draws": queries.draws_for(me)[:8],
        "draw_form": DrawForm(teams=teams, initial={"week": rules.last_full_week(timezone.localdate())}) if teams else None,
        "today": timezone.localdate(),
    }
    return render(request, "plans/logs/log_checks.html", context)


@door(Power.LOG_CHECK)
@require_POST
def log_draw(request: PersonRequest) -> HttpResponse:
    """Draw a team's week; one already drawn is shown as it was drawn."""
    teams = queries.teams_to_draw(request.person)
    form = DrawForm(request.POST, teams=teams)
    if not form.is_valid():
        messages.error(request, "请选择团队和周")
        return redirect("plans:log-checks")
    team = next(one for one in teams if one.pk == form.cleaned_data["team"])
    year, week = form.year_and_week
    try:
        draw = actions.draw_week(team=team, year=year, week=week, by=request.person)
        messages.success(request, f"{draw}:{len(draw.pool)} 份中抽取 {draw.checks.values('log').distinct().count()} 份")
    except Refusal as refused:
        messages.error(request, str(refused))
    return redirect("plans:log-checks")


@door(Power.LOG_CHECK)
@require_POST
def log_check(request: PersonRequest, check_id: int) -> HttpResponse:
    """The leader's word on a drawn log."""
    check = LogCheck.objects.visible_to(request.person).filter(pk=check_id).first()
    if check is None:
        raise Unknown("没有这份抽查,或者不在您可以查看的范围内")
    form = VerdictForm(request.POST)
    try:
        verdict = form.cleaned_data["verdict"] if form.is_valid() else ""
        remark = form.cleaned_data.get("remark", "")
        done = actions.check_log(check_id=check.pk, verdict=verdict, remark=remark, by=request.person)
        messages.success(request, f"已记下:{done.log} {done.get_verdict_display()}")
    except Refusal as refused:
        if refused.code == "forbidden":
            raise
        messages.error(request, str(refused))
    return redirect("plans:log-detail", check.log_id)
