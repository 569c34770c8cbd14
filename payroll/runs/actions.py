"""Every write to a run: compute, send up, take back, issue, file, void; and the person's own confirmation of a slip."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from approvals.requests.states import State
from archives.actions import submit_filing
from branch.audit.actions import record
from branch.files.actions import keep
from branch.files.responses import XLSX
from branch.jobs.actions import enqueue, joined
from branch.jobs.models import Job
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import holders
from branch.prepared import Prepared, insert, prepared_objects, update
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from payroll.runs import access
from payroll.runs.checks import require_nothing_rests_on, require_predecessor, require_unchanged
from payroll.runs.late import late_changes, require_aware
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.sheets import report_name, report_workbook
from payroll.runs.states import COMPUTING, LIVE, MOVES
from payroll.schemes.models import SchemeVersion
from payroll.schemes.queries import scheme_in_force

JOB = "payroll.compute"
FILING_KIND = "payroll_monthly"
KEEP_YEARS = 30  # 会计档案管理办法 (79号令): payroll sheets are vouchers


def locked_run(run_id: int) -> PayRun:
    """The run with its row locked. Raises Unknown."""
    run = PayRun.objects.select_for_update(of=("self",)).select_related("branch", "maker", "scheme").filter(pk=run_id).first()
    if run is None:
        raise Unknown("没有这份薪酬月报")
    return run


def lock_branch(branch_id: int) -> None:
    """One lock for all that may not happen to a branch's months at once: computing, sending up, and approving what corrects them.

    Taken after an approval's request and before any run.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=branch_id)


def locked_with_branch(run_id: int) -> PayRun:
    """The run with its branch's lock and its own. Raises Unknown."""
    branch = PayRun.objects.filter(pk=run_id).values_list("branch_id", flat=True).first()
    if branch is not None:
        lock_branch(branch)
    return locked_run(run_id)


@transaction.atomic
def compute(*, branch: Branch, month: Month, by: Person, pay_month: Month | None = None) -> PayRun:
    """Reckon the month, opening it when it is new; the work is one job however many ask for it at once."""
    access.may_compute(by, branch)
    if pay_month is not None and pay_month < month:
        raise Refusal(f"发放月份 {pay_month.label}早于所属月份 {month.label},请改为当月或以后的月份")
    run = _opened(branch, month, pay_month, by)
    if run.is_worked_on:
        assert run.job is not None
        joined(run.job)
        return run
    job = enqueue(
        JOB,
        title=f"核算{branch.name}{month.label}薪酬",
        key=f"{branch.code}:{month}",
        by=by,
        branch=branch,
        link=reverse("payroll:run-detail", args=[run.pk]),
        params={"run": run.pk},
    )
    return _begun(run, by, job, pay_month)


@transaction.atomic
def compute_in_close(*, branch: Branch, month: Month, by: Person, job: Job) -> PayRun:
    """As `compute`, in the branch's job of the company's close: the caller goes on with `compute_run` under the same lease."""
    access.may_compute_in_close(by, branch)
    run = _opened(branch, month, None, by)
    if run.is_worked_on and run.job_id != job.pk:
        raise Refusal(f"{branch.name}正在计算{month.label}薪酬", code="at_work")
    return _begun(run, by, job, None)


def _opened(branch: Branch, month: Month, pay_month: Month | None, by: Person) -> PayRun:
    """The month's live run with its row locked, opened when there is none."""
    _locked_branch(branch=branch.pk)
    versions = _versions(branch=branch.pk, month=month)
    run = next((version for version in versions if version.state in LIVE), None)
    last = versions[-1] if versions else None
    return run or _open(branch=branch, month=month, pay_month=pay_month, last=last, by=by)


@Prepared
def _locked_branch(branch: Any) -> QuerySet[Branch, Any]:
    return Branch.objects.select_for_update().filter(pk=branch).order_by().values_list("pk")


@prepared_objects(PayRun)
def _versions(branch: Any, month: Any) -> QuerySet[PayRun, Any]:
    return PayRun.objects.select_for_update().filter(branch=branch, month=month).order_by("version")


def _begun(run: PayRun, by: Person, job: Job, pay_month: Month | None) -> PayRun:
    """The run under computation by `job`."""
    begun = run.state != COMPUTING
    run.state = MOVES.after(run.state, "compute")
    if begun:
        run.maker, run.digest = by, ""
        run.pay_month = pay_month or run.pay_month
        run.problems = []
    run.job = job
    update(run, "state", "maker", "digest", "pay_month", "problems", "job")
    if begun:
        _log(run, by, "run.compute", f"{run}开始计算")
    return run


def _open(*, branch: Branch, month: Month, pay_month: Month | None, last: PayRun | None, by: Person) -> PayRun:
    """A new version in 草稿 after the `last`, under the branch's lock. The number stays with the month, the version counts up."""
    version = scheme_in_force(branch, month)
    return insert(
        PayRun(
            number=f"XC-{branch.code}-{month}",
            branch=branch,
            month=month,
            pay_month=pay_month or (last.pay_month if last else version.scheme().payment_month(month)),
            version=last.version + 1 if last else 1,
            scheme=version,
            maker=by,
        )
    )


@transaction.atomic
def send_up(*, run_id: int, by: Person) -> PayRun:
    """Ask the three signers. What they sign is the digest; it must still be what the inputs give."""
    run = locked_with_branch(run_id)
    access.may_send_up(by, run)
    after = MOVES.after(run.state, "send_up")
    require_unchanged(run)
    require_predecessor(run)
    facts = _facts(run)
    returned = _returned_request(run)
    if returned is not None:
        run.approval = approvals.resubmit(request_id=returned.pk, content_digest=run.digest, facts=facts, by=by)
    else:
        run.approval = approvals.submit(
            kind="pay_run",
            branch=run.branch,
            title=run.title,
            applicant=by,
            facts=facts,
            content_digest=run.digest,
            by=by,
        )
    run.state, run.maker, run.sent_at = after, by, timezone.now()
    run.save()
    _log(run, by, "run.send_up", f"{run}送审,申请 {run.approval.number}", digest=run.digest)
    return run


def _facts(run: PayRun) -> dict[str, Any]:
    """What the approval shows in its head and compares between rounds."""
    return {
        "number": run.number,
        "month": str(run.month),
        "pay_month": str(run.pay_month),
        "version": run.version,
        "headcount": run.headcount,
        "gross_total": str(run.gross_total),
        "iit_total": str(run.iit_total),
        "net_total": str(run.net_total),
        "employer_total": str(run.employer_total),
    }


def _returned_request(run: PayRun) -> Request | None:
    """The request of an earlier version that was sent back: its number goes on in a new round."""
    earlier = PayRun.objects.filter(branch=run.branch, month=run.month, version__lt=run.version, approval__state=State.RETURNED)
    found = earlier.select_related("approval").order_by("-version").first()
    return found.approval if found else None


def withdraw(*, run_id: int, reason: str, by: Person) -> PayRun:
    """Take the run back while it is unfinished; the approval's row is locked first, then the run goes back to 待审."""
    run = PayRun.objects.shown().filter(pk=run_id).first()
    if run is None:
        raise Unknown("没有这份薪酬月报")
    access.may_send_up(by, run)
    MOVES.after(run.state, "withdraw")
    if run.approval is None:
        raise Refusal("这份薪酬月报没有送审记录")
    approvals.withdraw(request_id=run.approval.pk, reason=reason, by=by)
    run.refresh_from_db()
    return run


@transaction.atomic
def void(*, run_id: int, reason: str, by: Person) -> PayRun:
    """Give up a version that was never sent up, so that figures and inputs may be opened again; it stays readable."""
    run = locked_run(run_id)
    access.may_compute(by, run.branch)
    if not reason.strip():
        raise Refusal("请写明作废的原因")
    run.state = MOVES.after(run.state, "void")
    run.save()
    run.slips.update(current=False)
    _log(run, by, "run.void", f"{run}作废:{reason.strip()}")
    return run


@transaction.atomic
def issue(*, run_id: int, issued_on: date, by: Person, aware: bool = False) -> PayRun:
    """Register the day the money was paid out, and tell everybody that their slip is there. Refused while the month's inputs are
    no longer those it was reckoned on, unless the payer is `aware` of it."""
    run = locked_run(run_id)
    access.may_issue(by, run)
    after = MOVES.after(run.state, "issue")
    if issued_on not in run.pay_month:
        raise Refusal(f"发放日期应在发放月份 {run.pay_month.label}之内:个人所得税按发放月份计算")
    late = late_changes(run)
    require_aware(late, aware=aware)
    run.state, run.issued_on, run.issued_by = after, issued_on, by
    run.save()
    known = f";已知悉{late.sentence}" if late else ""
    _log(run, by, "run.issue", f"{run}于 {issued_on} 发放,{run.headcount} 人{known}", digest=run.digest)
    people = Person.objects.filter(pay_slips__run=run, user__isnull=False)
    tell(
        people,
        f"{run.month.label}工资已于 {issued_on} 发放,请查看并确认工资单",
        key=f"pay:{run.branch.code}:{run.month}:issued",
        link=reverse("payroll:my-slips"),
    )
    return run


@transaction.atomic
def hold_for_reversal(*, run_id: int, by: Person) -> PayRun:
    """Keep an approved run from being paid while its reversal is signed; 发放 waits for the same lock and finds it held."""
    run = locked_with_branch(run_id)
    access.may_correct(by, run.branch)
    run.state = MOVES.after(run.state, "ask_reversal")
    require_nothing_rests_on(run)
    run.save(update_fields=["state"])
    return run


@transaction.atomic
def reverse_run(*, run_id: int, reason: str, by: Person) -> PayRun:
    """冲销 after the three have countersigned: nothing is deleted, the slips stay readable, the month may be computed anew."""
    run = locked_with_branch(run_id)
    run.state = MOVES.after(run.state, "reverse")
    require_nothing_rests_on(run)
    run.save(update_fields=["state"])
    run.slips.update(current=False)
    _log(run, by, "run.reversed", f"{run}已冲销:{reason}", digest=run.digest)
    tell(
        Person.objects.filter(pay_slips__run=run, user__isnull=False),
        f"{run.month.label}工资单(第 {run.version} 版)已冲销,重新核算批准后会有新的工资单",
        key=f"pay:{run.branch.code}:{run.month}:{run.version}:reversed",
        link=reverse("payroll:my-slips"),
    )
    return run


@transaction.atomic
def end_reversal(*, run_id: int, by: Person) -> PayRun:
    """The reversal was sent back, refused or withdrawn: the run is 已批 again and may be paid."""
    run = locked_run(run_id)
    run.state = MOVES.after(run.state, "keep")
    run.save(update_fields=["state"])
    _log(run, by, "run.kept", f"{run}的冲销未通过,恢复为已批")
    return run


@transaction.atomic
def file(*, run_id: int, by: Person) -> PayRun:
    """Hand the final report to 经纪业务综合室; their 备案号 moves the run to 已备案."""
    run = locked_run(run_id)
    access.may_file(by, run)
    MOVES.after(run.state, "file")
    if run.filing_id is not None:
        raise Refusal("已经报送备案,请等待经纪业务综合室接收")
    run.report_file = keep(report_workbook(run), name=report_name(run, timezone.localdate()), content_type=XLSX, by=by)
    run.filing = submit_filing(
        kind=FILING_KIND,
        title=run.title,
        branch=run.branch,
        month=run.month,
        file=run.report_file,
        keep_years=KEEP_YEARS,
        by=by,
    )
    run.save()
    _log(run, by, "run.file", f"{run}报送经纪业务综合室备案", sha256=run.report_file.sha256)
    return run


@transaction.atomic
def confirm_slip(*, slip_id: int, by: Person) -> PaySlip:
    """The person confirms the own slip (深圳市员工工资支付条例 art. 15: the slip is signed by the employee)."""
    slip = PaySlip.objects.select_for_update(of=("self",)).select_related("run", "run__branch").filter(pk=slip_id).first()
    if slip is None:
        raise Unknown("没有这份工资单")
    access.may_confirm(by, slip)
    slip.confirmed_at, slip.confirmed_by = timezone.now(), by
    slip.save(update_fields=["confirmed_at", "confirmed_by"])
    record(
        by=by,
        act="slip.confirm",
        subject=slip,
        summary=f"{slip.name}确认{slip.month.label}工资单",
        branch_code=slip.run.branch.code,
        digest=slip.digest,
    )
    return slip


@transaction.atomic
def note_print(*, run: PayRun, by: Person) -> None:
    """The month on paper leaves as its file does: who took it, of how many people, under which digest."""
    if not run.is_computed:
        raise Refusal(f"{run}还没有计算完成,不能打印")
    _log(run, by, "run.print", f"打印{run}(A4){run.headcount} 人", rows=run.headcount, digest=run.digest)


def prepare_month() -> None:
    """Beat, hourly: tell each branch's finance, once, that the month that has ended waits for its close."""
    month = Month.of(timezone.localdate()).previous
    for branch in Branch.objects.filter(schemes__in=SchemeVersion.objects.in_force(month)).distinct():
        if not PayRun.objects.filter(branch=branch, month=month).exists():
            tell(
                holders("branch_finance", branch=branch),
                f"{month.label}已经结束,可以开始月结:导入、复核、核算输入、计算、送审",
                key=f"pay:{branch.code}:{month}:prepare",
                link=f"{reverse('payroll:month-board')}?branch={branch.code}&month={month}",
            )


def _log(run: PayRun, by: Person, act: str, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=run, summary=summary, branch_code=run.branch.code, version=run.version, **details)
