"""The pages of a run: the month's board, the list, one run with its acts, versions side by side, the paper."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from branch.org.models import Branch
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.months import Month
from kernel.refusals import Refusal, Unknown, allows
from payroll.runs import access, actions
from payroll.runs.board import board_of, next_step
from payroll.runs.checks import live_run
from payroll.runs.comparing import changes_between, marked
from payroll.runs.forms import ComputeForm, IssueForm, MonthForm, ReasonForm, RunFilter
from payroll.runs.late import LATE
from payroll.runs.models import PayRun
from payroll.runs.paper import paper_parts
from payroll.runs.progress import card_of
from payroll.runs.queries import GRID, grid, pay_month_of, run_for, run_of_month, signatures_of, versions_of
from payroll.runs.register import afterwards
from payroll.runs.states import APPROVED, APPROVING, COMPUTING, DRAFT, ISSUED, LIVE, REVIEW

SECTION = ("薪酬与考核", "")


@require_GET
@door(Power.PAY_VIEW, Power.CLOSE_VIEW)
def month_board(request: PersonRequest) -> HttpResponse:
    """A branch's close of a month, step by step, and the one thing to do next. The head office reads it without its doors and
    sums."""
    sees_pay = holds(request.person, Power.PAY_VIEW)
    form = MonthForm(request.GET, person=request.person, power=Power.PAY_VIEW if sees_pay else Power.CLOSE_VIEW)
    if not form.is_valid():
        raise Unknown("没有这个营业部或月份")
    branch, month = form.cleaned_data["branch"], form.cleaned_data["month"]
    run = run_of_month(request.person, branch, month)
    if sees_pay:
        steps = board_of(branch, month, run if run and run.state in LIVE else None, pay=True)
    else:
        steps = [replace(step, url="") for step in board_of(branch, month, live_run(branch, month), pay=False)]
    may_compute = allows(access.may_compute, request.person, branch) and (run is None or run.state in (DRAFT, REVIEW))
    context = {
        "title": f"{month.label}月结",
        "crumbs": [SECTION, ("月结进度", "")],
        "filters": form,
        "branch": branch,
        "month": month,
        "steps": steps,
        "next": next_step(steps),
        "run": run,
        "afterwards": afterwards(run) if run else [],
        "may_compute": may_compute,
        "compute_form": _compute_form(request, branch, month, run) if may_compute else None,
    }
    return render(request, "payroll/runs/month_board.html", context)


def _compute_form(request: PersonRequest, branch: Branch, month: Month, run: PayRun | None) -> ComputeForm:
    """The month with its 发放月份: the run's own, or the scheme's where there is none yet."""
    shown = pay_month_of(branch, month, run)
    data = {"branch": branch.code, "month": str(month), "pay_month": str(shown) if shown else ""}
    return ComputeForm(data, person=request.person)


@require_GET
@door(Power.PAY_VIEW)
def run_list(request: PersonRequest) -> HttpResponse:
    """All versions of all months that the person may see."""
    form = RunFilter(request.GET, person=request.person)
    context = {
        "title": "薪酬月报",
        "crumbs": [SECTION, ("薪酬月报", "")],
        "filters": form,
        "page": page_of(request, form.rows(request.person)),
        "may_export": holds(request.person, Power.PAY_EXPORT),
    }
    return render(request, "payroll/runs/run_list.html", context)


@require_GET
@door(Power.PAY_VIEW)
def run_detail(request: PersonRequest, run_id: int) -> HttpResponse:
    """The run: totals, what stands out, the grid by team, versions, signatures."""
    run = run_for(request.person, run_id)
    compared = marked(run)
    teams, sums = grid(compared)
    may = _may(request, run)
    context = {
        "title": f"{run.branch.name}{run.month.label}薪酬月报",
        "crumbs": [SECTION, ("薪酬月报", reverse("payroll:run-list")), (run.number, "")],
        "run": run,
        "job": card_of(run),
        "columns": GRID,
        "teams": teams,
        "sums": sums,
        "outliers": [row for row in compared if row.marks],
        "versions": versions_of(run),
        "signatures": signatures_of(run),
        "afterwards": afterwards(run),
        "export_of": f"run={run.pk}",
        "issue_form": IssueForm(initial={"issued_on": timezone.localdate()}),
        "may": may,
        "compute_form": _compute_form(request, run.branch, run.month, run) if may["compute"] else None,
    }
    return render(request, "payroll/runs/run_detail.html", context)


def _may(request: PersonRequest, run: PayRun) -> dict[str, bool]:
    """Which buttons the person gets: by power and by the run's state."""
    person = request.person
    computes = allows(access.may_compute, person, run.branch)
    return {
        "compute": computes and (run.state in (DRAFT, REVIEW) or (run.state == COMPUTING and card_of(run) is None)),
        "send_up": run.state == REVIEW and allows(access.may_send_up, person, run),
        "withdraw": run.state == APPROVING and allows(access.may_send_up, person, run),
        "void": computes and run.state in (DRAFT, REVIEW),
        "issue": run.state == APPROVED and allows(access.may_issue, person, run),
        "reverse": run.state == APPROVED and allows(access.may_correct, person, run.branch),
        "file": run.state == ISSUED and run.filing_id is None and allows(access.may_file, person, run),
        "export": run.is_computed and allows(access.may_export, person, run),
    }


@require_GET
@door(Power.PAY_VIEW)
def run_job(request: PersonRequest, run_id: int) -> HttpResponse:
    """The computation's progress, asked for every two seconds; when it has ended the page is loaded afresh."""
    run = run_for(request.person, run_id)
    card = card_of(run)
    response = render(request, "parts/progress.html", {"job": card}) if card else HttpResponse(status=204)
    if card is None or not card["running"]:
        response["HX-Refresh"] = "true"
    return response


@require_POST
@door(Power.PAY_COMPUTE)
def run_compute(request: PersonRequest) -> HttpResponse:
    """计算: opens the month when it is new."""
    form = ComputeForm(request.POST, person=request.person)
    if not form.is_valid():
        wrong = form.errors.get("pay_month")
        raise Refusal(str(wrong[0]) if wrong else "请选择营业部和所属月份")
    run = actions.compute(by=request.person, **form.cleaned_data)
    return redirect("payroll:run-detail", run.pk)


@require_POST
@door(Power.PAY_COMPUTE)
def run_send_up(request: PersonRequest, run_id: int) -> HttpResponse:
    """送审."""
    run_for(request.person, run_id)
    run = actions.send_up(run_id=run_id, by=request.person)
    messages.success(request, f"已送审,申请 {run.approval.number if run.approval else ''},请等待三级审批")
    return redirect("payroll:run-detail", run_id)


def _reason(request: PersonRequest) -> str:
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise Refusal("请写明原因(200 字以内)")
    return str(form.cleaned_data["reason"])


@require_POST
@door(Power.PAY_COMPUTE)
def run_withdraw(request: PersonRequest, run_id: int) -> HttpResponse:
    """撤回."""
    run_for(request.person, run_id)
    actions.withdraw(run_id=run_id, reason=_reason(request), by=request.person)
    messages.success(request, "已撤回,可以修改输入后重新计算")
    return redirect("payroll:run-detail", run_id)


@require_POST
@door(Power.PAY_COMPUTE)
def run_void(request: PersonRequest, run_id: int) -> HttpResponse:
    """作废 a version that was never sent up."""
    run_for(request.person, run_id)
    actions.void(run_id=run_id, reason=_reason(request), by=request.person)
    messages.success(request, "这一版已作废,仍可查阅")
    return redirect("payroll:run-detail", run_id)


@require_POST
@door(Power.PAY_ISSUE)
def run_issue(request: PersonRequest, run_id: int) -> HttpResponse:
    """登记发放. Where the month's inputs have changed since, it is asked once more, with who is concerned."""
    run = run_for(request.person, run_id)
    form = IssueForm(request.POST)
    if not form.is_valid():
        raise Refusal("请填写发放日期,例如 2026-11-10")
    try:
        actions.issue(run_id=run_id, by=request.person, **form.cleaned_data)
    except Refusal as refusal:
        if refusal.code != LATE:
            raise
        return _ask_again(request, run, form, refusal)
    messages.success(request, "已登记发放,工资单已通知到本人")
    return redirect("payroll:run-detail", run_id)


def _ask_again(request: PersonRequest, run: PayRun, form: IssueForm, refusal: Refusal) -> HttpResponse:
    context = {
        "title": f"登记发放 {run.number}",
        "crumbs": [SECTION, ("薪酬月报", reverse("payroll:run-list")), (run.number, _address(run)), ("登记发放", "")],
        "run": run,
        "form": form,
        "late": refusal,
        "back_url": _address(run),
    }
    return render(request, "payroll/runs/run_issue.html", context, status=409)


@require_POST
@door(Power.FILING_SUBMIT)
def run_file(request: PersonRequest, run_id: int) -> HttpResponse:
    """报送备案."""
    run_for(request.person, run_id)
    actions.file(run_id=run_id, by=request.person)
    messages.success(request, "已报送经纪业务综合室,接收后会给出备案号")
    return redirect("payroll:run-detail", run_id)


@require_GET
@door(Power.PAY_VIEW)
def run_changes(request: PersonRequest, run_id: int) -> HttpResponse:
    """What differs from another version of the same month (the one before, unless asked otherwise)."""
    run = run_for(request.person, run_id)
    versions = versions_of(run)
    asked = request.GET.get("with", "")
    others = [version for version in versions if version.pk != run.pk and version.digest]
    other = next((v for v in others if str(v.pk) == asked), None) or next((v for v in others if v.version < run.version), None)
    context: dict[str, Any] = {
        "title": f"{run.month.label}薪酬月报的版本差异",
        "crumbs": [SECTION, ("薪酬月报", reverse("payroll:run-list")), (run.number, _address(run)), ("版本差异", "")],
        "run": run,
        "other": other,
        "others": others,
        "changes": changes_between(other, run) if other else [],
    }
    return render(request, "payroll/runs/run_changes.html", context)


def _address(run: PayRun) -> str:
    return reverse("payroll:run-detail", args=[run.pk])


@require_GET
@door(Power.PAY_VIEW)
def run_print(request: PersonRequest, run_id: int) -> HttpResponse:
    """The paper: A4 landscape, the form's columns, the signatures. That it was opened is logged, as a download is."""
    run = run_for(request.person, run_id)
    actions.note_print(run=run, by=request.person)
    context = {
        "title": f"{run.title}(第 {run.version} 版)",
        "run": run,
        "parts": paper_parts(run),
        "signatures": signatures_of(run),
        "back_url": _address(run),
        "printed_on": timezone.localdate(),
    }
    return render(request, "payroll/runs/run_print.html", context)
