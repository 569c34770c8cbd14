"""Pages of the intake: opening balances and monthly inputs. One domain call each; a refusal becomes a message on the page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from branch.exports import actions as exports
from branch.files.responses import attachment
from branch.org.models import Branch
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.models import Engagement
from branch.people.roles import Power
from kernel.months import Month
from kernel.refusals import Refusal, Unknown, allows
from kernel.seen import Overtaken, stamp
from payroll.intake import access, actions, queries, sheets, states
from payroll.intake.actions import openings
from payroll.intake.exports import INPUTS as INPUTS_FILE
from payroll.intake.exports import OPENING as OPENING_FILE
from payroll.intake.forms import BranchMonthForm, ImportForm, ReasonForm
from payroll.intake.models import InputSheet, OpeningSet
from payroll.intake.shown import kept_changes

OPENINGS = ("期初余额", "payroll:opening-list")
INPUTS = ("核算输入", "payroll:input-list")
OPENING_STEPS = ["下载模板", "上传预检并提交", "另一人确认"]
_TOLD = {
    openings.PROPOSED: "期初余额已提交。下一步:请另一位有确认权限的同事(营业部财务或主办会计)在本页核对后确认",
    openings.WAITING: "这份期初余额已经提交过,正等另一位同事确认",
    openings.UNCHANGED: "文件内容与已确认的期初余额完全一致,没有改动",
}


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    named = [(label, reverse(name) if ":" in name else name) for label, name in pages]
    return [("薪酬与考核", ""), *named]


def _some_branch(form: BranchMonthForm) -> Branch:
    branch = form.chosen_branch()
    if branch is None:
        raise Unknown("没有您可以办理的营业部")
    return branch


@door(*access.OPENING_DOOR)
@require_GET
def opening_list(request: PersonRequest) -> HttpResponse:
    """Every opening file of the person's branches, newest first."""
    sets = OpeningSet.objects.visible_to(request.person).select_related("branch", "file", "proposed_by", "confirmed_by")
    context = {
        "title": "期初余额",
        "crumbs": _crumbs(("期初余额", "")),
        "sets": sets[:100],
        "may_import": holds(request.person, Power.OPENING_IMPORT),
    }
    return render(request, "payroll/intake/opening_list.html", context)


@door(Power.OPENING_IMPORT)
def opening_import(request: PersonRequest) -> HttpResponse:
    """Steps one and two: the template, and the file that is judged and proposed."""
    posted = request.method == "POST"
    form = ImportForm(
        request.POST if posted else None, request.FILES if posted else None, person=request.person, powers=(Power.OPENING_IMPORT,)
    )
    refusal = None
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            outcome = actions.propose_opening(
                content=file.read(),
                name=file.name,
                branch=_some_branch(form),
                by=request.person,
                month=form.cleaned_data["month"],
            )
        except Refusal as error:
            refusal = error
        else:
            if outcome.what in _TOLD:
                messages.success(request, _TOLD[outcome.what])
            return redirect("payroll:opening-detail", outcome.opening.pk)
    crumbs = _crumbs(OPENINGS, ("导入", ""))
    return render(
        request,
        "payroll/intake/opening_import.html",
        {"title": "导入期初余额", "crumbs": crumbs, "form": form, "refusal": refusal, "step_labels": OPENING_STEPS},
    )


@door(*access.OPENING_DOOR)
@require_GET
def opening_detail(request: PersonRequest, opening_id: int) -> HttpResponse:
    """One opening file: what was found, every balance, and for the second person the confirmation."""
    opening = queries.opening_set(request.person, opening_id)
    pending = opening.state == states.PROPOSED
    context = {
        "title": f"期初余额 {opening.first_month.label}",
        "crumbs": _crumbs(OPENINGS, (opening.branch.name, "")),
        "opening": opening,
        "tables": [queries.balance_table(opening, kind) for kind in Engagement.Kind.values],
        "may_decide": pending and allows(access.may_decide_opening, request.person, opening),
        "may_reject": pending and allows(access.may_withdraw_opening, request.person, opening),
        "is_mine": opening.proposed_by_id == request.person.pk,
        "step": {states.REFUSED: 2, states.PROPOSED: 3}.get(opening.state),
        "step_labels": OPENING_STEPS,
        "confirm_text": f"{opening.branch.name} {opening.people_count} 人的期初余额,确认后不能再改,"
        f"从{opening.first_month.label}起核算。",
    }
    return render(request, "payroll/intake/opening_detail.html", context)


@door(Power.OPENING_CONFIRM)
@require_POST
def opening_confirm(request: PersonRequest, opening_id: int) -> HttpResponse:
    opening = queries.opening_set(request.person, opening_id)
    actions.confirm_opening(opening_id=opening.pk, seen_digest=request.POST.get("seen_digest", ""), by=request.person)
    messages.success(request, f"已确认 {opening.people_count} 人的期初余额,从 {opening.first_month.label}起核算")
    return redirect("payroll:opening-detail", opening.pk)


@door(Power.OPENING_CONFIRM, Power.OPENING_IMPORT)
@require_POST
def opening_reject(request: PersonRequest, opening_id: int) -> HttpResponse:
    opening = queries.opening_set(request.person, opening_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.reject_opening(opening_id=opening.pk, reason=reason, by=request.person)
    messages.success(request, "已退回,可以重新导入期初余额")
    return redirect("payroll:opening-detail", opening.pk)


@door(Power.OPENING_IMPORT)
@require_GET
def opening_template(request: PersonRequest) -> HttpResponse:
    """期初 to fill in, with everybody hired before the first month."""
    form = BranchMonthForm(request.GET, person=request.person, powers=(Power.OPENING_IMPORT,))
    branch, month = _some_branch(form), form.chosen_month(_last_month())
    content = sheets.opening_template(queries.people_for_opening(branch, month))
    return attachment(content, f"期初_{month}.xlsx")


@door(*access.OPENING_DOOR)
@require_GET
def opening_source(request: PersonRequest, opening_id: int) -> HttpResponse:
    """The file as it was handed in; that it leaves is recorded as any export."""
    return attachment(*exports.take(kind=OPENING_FILE, filters={"opening": str(opening_id)}, by=request.person))


@door(*access.OPENING_DOOR)
@require_GET
def opening_errors(request: PersonRequest, opening_id: int, kind: str) -> HttpResponse:
    """The sheet of one kind as it came, with a column of reasons."""
    filters = {"opening": str(opening_id), "errors": kind}
    return attachment(*exports.take(kind=OPENING_FILE, filters=filters, by=request.person))


@door(*access.INPUT_DOOR)
@require_GET
def input_list(request: PersonRequest) -> HttpResponse:
    """A month's inputs as one table: who is missing, where it came from, and the files handed in before."""
    form = BranchMonthForm(request.GET, person=request.person, powers=access.INPUT_DOOR)
    branch = _some_branch(form)
    months = queries.months_with_inputs(branch)
    month = form.chosen_month(months[0] if months else _last_month())
    shown = BranchMonthForm({"branch": branch.code, "month": str(month)}, person=request.person, powers=access.INPUT_DOOR)
    context = {
        "title": "核算输入",
        "crumbs": _crumbs(("核算输入", "")),
        "filters": shown,
        "branch": branch,
        "month": month,
        "view": queries.month_view(branch, month),
        "sheets": InputSheet.objects.visible_to(request.person)
        .filter(branch=branch, month=month)
        .select_related("file", "imported_by")[:20],
        "may_import": allows(access.may_import_inputs, request.person, branch),
    }
    return render(request, "payroll/intake/input_list.html", context)


@door(Power.INPUTS_IMPORT)
def input_import(request: PersonRequest) -> HttpResponse:
    """Steps one and two: the template, and the file that is judged."""
    posted = request.method == "POST"
    form = ImportForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        person=request.person,
        powers=(Power.INPUTS_IMPORT,),
        initial={"month": request.GET.get("month") or str(_last_month()), "branch": request.GET.get("branch", "")},
    )
    refusal = None
    if posted and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            sheet = actions.check_inputs(
                content=file.read(),
                name=file.name,
                branch=_some_branch(form),
                by=request.person,
                month=form.cleaned_data["month"],
            )
        except Refusal as error:
            refusal = error
        else:
            return redirect("payroll:input-sheet", sheet.pk)
    crumbs = _crumbs(INPUTS, ("导入", ""))
    context = {"title": "导入核算输入", "crumbs": crumbs, "form": form, "refusal": refusal}
    return render(request, "payroll/intake/input_import.html", context)


@door(*access.INPUT_DOOR)
@require_GET
def input_sheet(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """What the pre-check found in a file; step three while it waits."""
    sheet = queries.input_sheet(request.person, sheet_id)
    waiting = sheet.state == states.CHECKED
    context = {
        "title": f"核算输入 {sheet.month.label}",
        "crumbs": _crumbs(INPUTS, (sheet.file.name, "")),
        "sheet": sheet,
        "changes": kept_changes(sheet.changes),
        "waiting": waiting and allows(access.may_import_inputs, request.person, sheet.branch),
        "confirm_title": f"导入 {sheet.branch.name} {sheet.month.label} 核算输入",
        "confirm_text": f"{sheet.rows} 人,改动 {len(sheet.changes)} 处;原有的这个月核算输入将被替换。",
        "seen": stamp(actions.shown_changes(sheet.changes)),
        "list_url": f"{reverse('payroll:input-list')}?branch={sheet.branch.code}&month={sheet.month}",
    }
    return render(request, "payroll/intake/input_sheet.html", context)


@door(Power.INPUTS_IMPORT)
@require_POST
def input_book(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """Step three."""
    sheet = queries.input_sheet(request.person, sheet_id)
    try:
        booked = actions.book_inputs(sheet_id=sheet.pk, by=request.person, seen=request.POST.get("seen", ""))
    except Overtaken:
        actions.recheck_inputs(sheet_id=sheet.pk, by=request.person)  # so that the page compares with what the colleague booked
        raise
    if booked.pk != sheet.pk:
        messages.info(request, "文件内容与已导入的完全一致,没有改动")
    else:
        messages.success(request, f"已导入{booked.month.label}核算输入 {booked.rows} 人")
    return redirect(f"{reverse('payroll:input-list')}?branch={booked.branch.code}&month={booked.month}")


@door(Power.INPUTS_IMPORT)
@require_POST
def input_drop(request: PersonRequest, sheet_id: int) -> HttpResponse:
    sheet = queries.input_sheet(request.person, sheet_id)
    actions.drop_inputs(sheet_id=sheet.pk, by=request.person)
    messages.info(request, "已放弃这份文件,没有导入任何内容")
    return redirect("payroll:input-import")


@door(Power.INPUTS_IMPORT)
@require_GET
def input_template(request: PersonRequest) -> HttpResponse:
    """核算输入 to fill in, with everybody employed in the month."""
    form = BranchMonthForm(request.GET, person=request.person, powers=(Power.INPUTS_IMPORT,))
    branch, month = _some_branch(form), form.chosen_month(_last_month())
    return attachment(sheets.input_template(queries.people_for_template(branch, month)), f"核算输入_{month}.xlsx")


@door(*access.INPUT_DOOR)
@require_GET
def input_source(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """The file as it was handed in; that it leaves is recorded as any export."""
    return attachment(*exports.take(kind=INPUTS_FILE, filters={"sheet": str(sheet_id)}, by=request.person))


@door(*access.INPUT_DOOR)
@require_GET
def input_errors(request: PersonRequest, sheet_id: int) -> HttpResponse:
    """The sheet as it came, with a column of reasons; put right, it can be uploaded again as it is."""
    filters = {"sheet": str(sheet_id), "errors": "all"}
    return attachment(*exports.take(kind=INPUTS_FILE, filters=filters, by=request.person))


def _last_month() -> Month:
    return Month.of(timezone.localdate()).previous
