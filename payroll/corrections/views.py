"""The pages of reversals and corrections. One domain call each; a refusal becomes a message."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from branch.files.responses import attachment
from branch.overtaken import SEEN
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal, Unknown, allows
from kernel.seen import Overtaken, stamp
from payroll.corrections import access, queries
from payroll.corrections.actions import corrections, reversals
from payroll.corrections.actions.evidence import open_line_evidence
from payroll.corrections.forms import CorrectionFilter, LineForm, OpenForm
from payroll.corrections.models import Correction
from payroll.corrections.proofs import proof_kept
from payroll.corrections.proposing import since
from payroll.corrections.states import APPROVED, DRAFT, REVIEW, UNFINISHED
from payroll.runs.forms import ReasonForm
from payroll.runs.queries import run_for

SECTION = ("薪酬与考核", "")


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    return [SECTION, ("更正与冲销", reverse("payroll:correction-list")), *pages]


@require_GET
@door(Power.PAY_VIEW)
def correction_list(request: PersonRequest) -> HttpResponse:
    """All corrections the person may see, and what is still to be taken back from whom."""
    filters = CorrectionFilter(request.GET, person=request.person)
    found = queries.corrections_for(request.person)
    if filters.is_valid():
        branch, state = filters.cleaned_data["branch"], filters.cleaned_data["state"]
        found = found.filter(branch=branch) if branch else found
        if state:
            found = found.filter(state__in=UNFINISHED if state == "open" else [state])
    context = {
        "title": "更正与冲销",
        "crumbs": [SECTION, ("更正与冲销", "")],
        "filters": filters,
        "page": page_of(request, found),
        "owed": queries.arrears_in(branches_visible_to(request.person, Power.PAY_VIEW)),
        "may_open": holds(request.person, Power.PAY_CORRECT),
    }
    return render(request, "payroll/corrections/correction_list.html", context)


@door(Power.PAY_CORRECT)
def correction_new(request: PersonRequest) -> HttpResponse:
    """Open a correction of a paid month."""
    posted = request.method == "POST"
    given = {"run": request.GET.get("run", "")}
    form = OpenForm(request.POST if posted else None, person=request.person, initial=given)
    refusal = None
    if posted and form.is_valid():
        run = form.cleaned_data["run"]
        try:
            reason = form.cleaned_data["reason"]
            found = corrections.open_correction(branch=run.branch, month=run.month, reason=reason, by=request.person)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"已开立更正单 {found.number},请逐项填写哪里错了")
            return redirect("payroll:correction-detail", found.number)
    context = {"title": "新建更正单", "crumbs": _crumbs(("新建", "")), "form": form, "refusal": refusal}
    return render(request, "payroll/corrections/correction_new.html", context)


@require_GET
@door(Power.PAY_VIEW)
def correction_detail(request: PersonRequest, number: str) -> HttpResponse:
    """What was wrong, what follows from it person by person, and where the differences are."""
    return _detail(request, queries.correction_for(request.person, number))


def _detail(
    request: PersonRequest, correction: Correction, *, form: LineForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    mine = allows(access.may_correct, request.person, correction.branch)
    may_edit = mine and correction.state in (DRAFT, REVIEW)
    if may_edit and form is None:
        try:
            form = LineForm(correction=correction)
        except Refusal as error:  # a month is being reversed: nothing can be added now
            refusal = refusal or error
    context: dict[str, Any] = {
        "title": f"更正单 {correction.number}",
        "crumbs": _crumbs((correction.number, "")),
        "correction": correction,
        "wrongs": queries.wrongs_of(correction),
        "differences_by_person": queries.differences_of(correction),
        "other_years": queries.other_years(correction),
        "oversettled": queries.oversettled(correction),
        "adjustments": queries.adjustments_of(correction) if correction.state == APPROVED else [],
        "may_edit": may_edit,
        "may_send": mine and correction.state == REVIEW,
        "seen": stamp(corrections.shown_correction(correction)),
        "form": form if may_edit else None,
        "refusal": refusal,
    }
    refused = refusal is not None and request.method == "POST"
    return render(request, "payroll/corrections/correction_detail.html", context, status=409 if refused else 200)


@require_POST
@door(Power.PAY_CORRECT)
def correction_line_add(request: PersonRequest, number: str) -> HttpResponse:
    """One more thing that was wrong."""
    correction = queries.correction_for(request.person, number)
    form = LineForm(request.POST, request.FILES, correction=correction)
    if not form.is_valid():
        return _detail(request, correction, form=form)
    given = form.cleaned_data
    try:
        access.may_correct(request.person, correction.branch)
        with proof_kept(given["evidence"], by=request.person) as evidence:
            corrections.add_line(
                number=number,
                person_id=given["person"].pk,
                month=given["month"],
                field=given["field"],
                new=given["new"],
                reason=given["reason"],
                evidence=evidence,
                by=request.person,
            )
    except (Unknown, Forbidden):
        raise
    except Refusal as refusal:
        return _detail(request, correction, form=form, refusal=refusal)
    messages.success(request, "已加入更正单;填完以后点“重算并比较”")
    return redirect("payroll:correction-detail", number)


@require_POST
@door(Power.PAY_CORRECT)
def correction_line_remove(request: PersonRequest, number: str, line_id: int) -> HttpResponse:
    """Take it out again."""
    queries.correction_for(request.person, number)
    corrections.remove_line(number=number, line_id=line_id, by=request.person)
    messages.success(request, "已从更正单删去")
    return redirect("payroll:correction-detail", number)


@require_POST
@door(Power.PAY_CORRECT)
def correction_compute(request: PersonRequest, number: str) -> HttpResponse:
    """重算并比较."""
    queries.correction_for(request.person, number)
    found = corrections.compute_correction(number=number, by=request.person)
    if found.problems:
        messages.warning(request, f"未能重算:{len(found.problems)} 项待处理")
    else:
        messages.success(request, f"重算完成:涉及 {found.people} 人,应发差额合计 {found.gross_total:,.2f} 元")
    return redirect("payroll:correction-detail", number)


@require_POST
@door(Power.PAY_CORRECT)
def correction_send_up(request: PersonRequest, number: str) -> HttpResponse:
    """送审."""
    queries.correction_for(request.person, number)
    try:
        found = corrections.send_correction(number=number, by=request.person, seen=request.POST.get(SEEN, ""))
    except Overtaken:
        said = "同事在您打开页面之后修改并重算了这份更正单,还没有送审。下面是现在的内容,请核对后再送审"
        return _detail(request, queries.correction_for(request.person, number), refusal=Refusal(said, code="overtaken"))
    messages.success(request, f"已送审,申请 {found.approval.number if found.approval else ''}")
    return redirect("payroll:correction-detail", number)


@require_POST
@door(Power.PAY_CORRECT)
def correction_void(request: PersonRequest, number: str) -> HttpResponse:
    """作废."""
    queries.correction_for(request.person, number)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Refusal("请写明作废的原因(200 字以内)")
    corrections.void_correction(number=number, reason=form.cleaned_data["reason"], by=request.person)
    messages.success(request, "更正单已作废,仍可查阅")
    return redirect("payroll:correction-detail", number)


@require_GET
@door(Power.PAY_VIEW)
def correction_evidence(request: PersonRequest, number: str, line_id: int) -> HttpResponse:
    """The proof of a line, always as an attachment; that it leaves is logged."""
    return attachment(*open_line_evidence(number=number, line_id=line_id, by=request.person))


@require_GET
@door(Power.PAY_VIEW)
def run_since(request: PersonRequest, run_id: int) -> HttpResponse:
    """What the roster and the other sources say today of a reckoned month: a part of the run's page and of the signers', asked
    for after it, or by a button (`asked`), which is answered also where nothing has changed."""
    run = run_for(request.person, run_id)
    context = {
        "run": run,
        "since": since(run),
        "asked": "asked" in request.GET,
        "may_correct": allows(access.may_correct, request.person, run.branch),
    }
    return render(request, "payroll/corrections/run_since.html", context)


@require_POST
@door(Power.PAY_CORRECT)
def run_propose(request: PersonRequest, run_id: int) -> HttpResponse:
    """据此开立更正单: a correction with a line for each late change of the roster."""
    run_for(request.person, run_id)
    found = corrections.propose_correction(run_id=run_id, by=request.person)
    messages.success(request, f"已开立更正单 {found.number},核对后点“重算并比较”")
    return redirect("payroll:correction-detail", found.number)


@require_POST
@door(Power.PAY_CORRECT)
def run_reverse(request: PersonRequest, run_id: int) -> HttpResponse:
    """申请冲销."""
    run_for(request.person, run_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Refusal("请写明冲销的原因(200 字以内)")
    found = reversals.ask_reversal(run_id=run_id, reason=form.cleaned_data["reason"], by=request.person)
    messages.success(request, f"已申请冲销,申请 {found.approval.number};三级审批期间不能发放")
    return redirect("payroll:run-detail", run_id)
