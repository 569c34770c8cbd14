"""The roster's import in three steps: template, upload with pre-check, confirm."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from branch.files import actions as files
from branch.files.responses import attachment
from branch.org.models import Branch
from branch.people.doors import PersonRequest, door
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.roster import actions, sheets, uploads
from branch.roster.forms import UploadForm
from kernel.refusals import Unknown

CRUMBS = [("人员", "/people/"), ("导入名册", "")]


@door(Power.ROSTER_IMPORT)
def roster_import(request: PersonRequest) -> HttpResponse:
    """Steps 1 and 2: the template, and the upload. The file is kept encrypted until it is confirmed, for some days at most."""
    form = UploadForm(request.POST or None, request.FILES or None, person=request.person)
    if request.method == "POST" and form.is_valid():
        kept = uploads.keep_upload(form.cleaned_data["file"], request.person)
        query = urlencode({"branch": form.cleaned_data["branch"].code, "effective": form.cleaned_data["effective"].isoformat()})
        return redirect(f"{reverse('roster-confirm', args=[kept.pk])}?{query}")
    context = {
        "title": "导入名册",
        "crumbs": CRUMBS,
        "form": form,
        "sheets": list(sheets.COLUMNS),
        "back": resolve_url("person-list"),
    }
    return render(request, "branch/roster/upload.html", context)


@door(Power.ROSTER_IMPORT)
def roster_template(request: PersonRequest) -> HttpResponse:
    """An empty sheet to fill in: `?sheet=客户经理` or `岗位人员`."""
    sheet = request.GET.get("sheet", sheets.MANAGERS)
    if sheet not in sheets.COLUMNS:
        raise Unknown("没有这张模板")
    return attachment(sheets.template(sheet), f"名册模板_{sheet}.xlsx")


@door(Power.ROSTER_IMPORT)
def roster_confirm(request: PersonRequest, file_id: int) -> HttpResponse:
    """Step 3: what the file would do, masked; then do it."""
    kept, branch, effective = uploads.kept_for(request.person, file_id), _branch(request), _effective(request)
    if request.method == "POST":
        password = settings.DEMO_PASSWORD if settings.SHOW_DEMO_LOGINS else None
        outcome = uploads.import_kept(kept=kept, branch=branch, effective=effective, password=password, by=request.person)
        messages.success(request, f"已导入 {outcome.people} 人:新增 {outcome.new} 人,变更 {len(outcome.changes)} 项")
        for notice in outcome.notices:
            messages.info(request, notice)
        return redirect("person-list")
    checked = actions.precheck(content=files.read(kept), name=kept.name, branch=branch, effective=effective, by=request.person)
    context = {
        "title": "核对名册",
        "crumbs": CRUMBS,
        "kept": kept,
        "branch": branch,
        "effective": effective,
        "checked": checked,
        "problems": [(sheet, found) for sheet, found in checked.problems.items() if found],
        "query": request.GET.urlencode(),
    }
    return render(request, "branch/roster/confirm.html", context)


@door(Power.ROSTER_IMPORT)
def roster_errors(request: PersonRequest, file_id: int) -> HttpResponse:
    """The sheet as it came with a last column 错误原因; that it leaves is logged."""
    kept, branch, sheet = uploads.kept_for(request.person, file_id), _branch(request), request.GET.get("sheet", "")
    day = _effective(request)
    return attachment(*uploads.take_mistakes(kept=kept, sheet=sheet, branch=branch, effective=day, by=request.person))


def _branch(request: PersonRequest) -> Branch:
    branch = branches_visible_to(request.person, Power.ROSTER_IMPORT).filter(code=request.GET.get("branch", "")).first()
    if branch is None:
        raise Unknown("没有这个营业部,或者您不能为它导入名册")
    return branch


def _effective(request: PersonRequest) -> date:
    try:
        return date.fromisoformat(request.GET.get("effective", ""))
    except ValueError:
        return timezone.localdate()
