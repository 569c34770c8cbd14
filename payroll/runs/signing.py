"""The pay report as a kind of approval: what the signers see, and what follows from each of their acts."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from approvals.requests.kinds import Document, Kind
from approvals.requests.models import Request
from branch.audit.actions import record
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.money import grouped
from kernel.refusals import Unknown
from payroll.runs import access
from payroll.runs.checks import require_predecessor, require_starts
from payroll.runs.comparing import changes_between, marked
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import APPROVING, MOVES

KIND = "pay_run"


def run_of(request: Request) -> PayRun:
    """The run a request is about: the version last sent up with it. Read once for each request object: a page asks four times,
    and an act works on a request object that it has read anew under its lock."""
    kept: dict[str, PayRun] = request.__dict__.setdefault("_about", {})
    if KIND not in kept:
        run = PayRun.objects.filter(approval=request).shown().order_by("-version").first()
        if run is None:
            raise Unknown("这份申请没有对应的薪酬月报")
        kept[KIND] = run
    return kept[KIND]


def _locked(request: Request) -> PayRun:
    """The run under its own lock; the request's lock is already held."""
    found = run_of(request)
    return PayRun.objects.select_for_update(of=("self",)).select_related("branch", "maker").get(pk=found.pk)


def describe(request: Request) -> Document:
    """Totals, the grid, who stands out against last month, and what changed since the last version."""
    run = run_of(request)
    facts: list[tuple[str, Any]] = [
        ("单号", f"{run.number} 第 {run.version} 版"),
        ("所属月份", run.month.label),
        ("发放月份", run.pay_month.label),
        ("薪酬方案", run.scheme.label),
        ("人数", f"{run.headcount} 人"),
        ("应发合计(元)", grouped(run.gross_total)),
        ("个税合计(元)", grouped(run.iit_total)),
        ("实发合计(元)", grouped(run.net_total)),
        ("单位社保公积金(元)", grouped(run.employer_total)),
        ("制表", run.maker.name),
    ]
    earlier = PayRun.objects.filter(branch=run.branch, month=run.month, version__lt=run.version).order_by("-version")
    before = next((version for version in earlier if version.digest), None)
    context = {
        "run": run,
        "outliers": [row for row in marked(run) if row.marks],
        "previous_version": before,
        "changes": changes_between(before, run) if before else [],
    }
    return Document(facts, reverse("payroll:run-detail", args=[run.pk]), "payroll/runs/approval_document.html", context)


def current_digest(request: Request) -> str:
    """The digest as the run holds it now: a run that is no longer being signed has none."""
    run = run_of(request)
    return run.digest if run.state == APPROVING else ""


def may_sign(person: Person, request: Request) -> None:
    access.may_sign(person, run_of(request))


def may_act_for(person: Person, request: Request) -> None:
    """Another of the branch's finance goes on where the one who sent it up can't: the month has a deadline."""
    access.may_send_up(person, run_of(request))


def may_see(person: Person, request: Request) -> bool:
    return request.branch is not None and reach(person, Power.PAY_VIEW).covers_branch(request.branch)


def seen_rows(person: Person) -> Q:
    """The same of all requests."""
    return reach(person, Power.PAY_VIEW).branch_rows("branch") & Q(branch__isnull=False)


def on_approved(request: Request, by: Person) -> None:
    """The last signature: refused while a month before is open, here or where somebody came from; else all is final."""
    run = _locked(request)
    require_predecessor(run, approved=True)
    require_starts(run)
    run.state, run.approved_at = MOVES.after(run.state, "approve"), timezone.now()
    run.save(update_fields=["state", "approved_at"])
    _log(run, by, "run.approved", f"{run}经三级审批批准")


def on_returned(request: Request, by: Person) -> None:
    """Sent back (or refused for good): the version stays readable, a new one is opened for recomputation."""
    run = _locked(request)
    run.state = MOVES.after(run.state, "return")
    run.save(update_fields=["state"])
    PaySlip.objects.filter(run=run).update(current=False)
    following = PayRun.objects.create(
        number=run.number,
        branch=run.branch,
        month=run.month,
        pay_month=run.pay_month,
        version=run.version + 1,
        scheme_id=run.scheme_id,
        maker=run.maker,
    )
    _log(run, by, "run.returned", f"{run}被退回,已打开第 {following.version} 版", next_version=following.version)


def on_withdrawn(request: Request, by: Person) -> None:
    """Taken back by the applicant: the version goes back to 待审; a returned one stays where it is."""
    run = _locked(request)
    if run.state == APPROVING:
        run.state = MOVES.after(run.state, "withdraw")
        run.save(update_fields=["state"])
        _log(run, by, "run.withdrawn", f"{run}撤回送审")


def _log(run: PayRun, by: Person, act: str, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=run, summary=summary, branch_code=run.branch.code, **details)


PAY_RUN = Kind(
    code=KIND,
    label="薪酬月报表",
    describe=describe,
    on_approved=on_approved,
    on_returned=on_returned,
    on_rejected=on_returned,
    on_withdrawn=on_withdrawn,
    may_act_for=may_act_for,
    may_sign=may_sign,
    may_see=may_see,
    seen_rows=seen_rows,
    digest=current_digest,
    confidential=True,
    reentry=True,  # 电子签名法: the signature is the signer's own and under the signer's control
    fact_labels={
        "number": "单号",
        "month": "所属月份",
        "pay_month": "发放月份",
        "version": "版本",
        "headcount": "人数",
        "gross_total": "应发合计(元)",
        "iit_total": "个税合计(元)",
        "net_total": "实发合计(元)",
        "employer_total": "单位社保公积金(元)",
    },
)
