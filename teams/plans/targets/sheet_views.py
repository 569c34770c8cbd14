"""Pages of a file of targets, in three steps: template, upload with pre-check, confirmation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.files.responses import attachment
from branch.overtaken import SEEN
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import named_branch
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.targets import access, actions, queries, states
from teams.plans.targets.forms import SheetForm
from teams.plans.targets.models import TargetSheet
from teams.plans.targets.views import TARGETS, crumbs


def _new_url(sheet: TargetSheet) -> str:
    """Where the next file for the same branch is handed in."""
    return f"{reverse('plans:sheet-new')}?branch={sheet.branch.code}"


@door(Power.TARGET_SET, when=access.imports_targets)
@require_http_methods(["GET", "POST"])
def sheet_new(request: PersonRequest) -> HttpResponse:
    """Steps one and two: the template, and the file that is judged."""
    branch, teams, whole = queries.planning(request.person, Power.TARGET_SET, named_branch(request))
    posted = request.method == "POST"
    form = SheetForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        teams=teams,
        whole=whole,
        initial={"year": timezone.localdate().year, "team": None if whole else teams.first()},
    )
    refusal: Refusal | None = None
    if posted and form.is_valid():
        given = form.cleaned_data
        try:
            sheet = actions.check_sheet(
                content=given["file"].read(),
                name=given["file"].name,
                branch=branch,
                team=given["team"],
                year=given["year"],
                by=request.person,
            )
            return redirect("plans:sheet-detail", sheet.pk)
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "导入目标分解表",
        "crumbs": crumbs(TARGETS, ("导入", "")),
        "branch": branch,
        "branches": branches_of(request.person, Power.TARGET_SET),
        "form": form,
        "refusal": refusal,
        "sheets": TargetSheet.objects.visible_to(request.person).select_related("team", "file", "imported_by")[:20],
    }
    return render(request, "plans/targets/sheet_new.html", context)


@door(Power.TARGET_SET, when=access.imports_targets)
@require_GET
def sheet_template(request: PersonRequest) -> HttpResponse:
    """The sheet to fill in, with everybody whose group or team has a target, and what is set already; logged."""
    branch, teams, whole = queries.planning(request.person, Power.TARGET_SET, named_branch(request))
    asked = request.GET.get("team", "")
    team = teams.filter(pk=asked).first() if asked.isdecimal() else None
    team = team if whole else team or teams.first()
    year = request.GET.get("year", "")
    chosen = int(year) if year.isdecimal() and 2000 <= int(year) <= 2100 else timezone.localdate().year
    return attachment(*actions.take_template(branch=branch, team=team, year=chosen, by=request.person))


@door(Power.TARGET_SET, when=access.imports_targets)
@require_GET
def sheet_detail(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """What was found in a file, and what it would change."""
    return _detail(request, queries.sheet_for(request.person, sheet_id))


def _detail(request: PersonRequest, sheet: TargetSheet, refusal: Refusal | None = None) -> HttpResponse:
    context = {
        "title": str(sheet),
        "crumbs": crumbs(TARGETS, ("导入", _new_url(sheet)), (sheet.file.name, "")),
        "new_url": _new_url(sheet),
        "sheet": sheet,
        "waiting": sheet.state == states.CHECKED,
        "confirm_text": f"{sheet.rows} 行,改动 {len(sheet.changes)} 项;导入后是草案,下达以后才生效。",
        "seen": stamp(actions.shown_changes(sheet.changes)),
        "refusal": refusal,
    }
    return render(request, "plans/targets/sheet_detail.html", context, status=409 if refusal else 200)


@door(Power.TARGET_SET, when=access.imports_targets)
@require_POST
def sheet_book(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """Step three: all rows or none."""
    sheet = queries.sheet_for(request.person, sheet_id)
    try:
        sheet = actions.book_sheet(sheet_id=sheet.pk, by=request.person, seen=request.POST.get(SEEN, ""))
    except Overtaken as overtaken:  # the page compares with what is set by now, and may be confirmed again
        return _detail(request, actions.recheck_sheet(sheet_id=sheet.pk, by=request.person), overtaken)
    messages.success(request, f"已导入{sheet},改动 {len(sheet.changes)} 项(草案)")
    return redirect("plans:sheet-detail", sheet.pk)


@door(Power.TARGET_SET, when=access.imports_targets)
@require_POST
def sheet_drop(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """Give up a pre-checked file."""
    sheet = queries.sheet_for(request.person, sheet_id)
    actions.drop_sheet(sheet_id=sheet.pk, by=request.person)
    messages.info(request, "已放弃这份文件,没有导入任何内容")
    return redirect(_new_url(sheet))


@door(Power.TARGET_SET, when=access.imports_targets)
@require_GET
def sheet_errors(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """The sheet as it came, with a column of reasons; put right, it can be uploaded again. That it leaves is logged."""
    return attachment(*actions.take_mistakes(sheet_id=sheet_id, by=request.person))
