"""Asking for a reversal, and what its approval does to the run."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from approvals.requests.states import State
from branch.audit.actions import record
from branch.people.models import Person
from kernel.refusals import Refusal
from payroll.corrections.models import Correction, Reversal
from payroll.corrections.states import APPROVED, REVERSAL, SIGNING
from payroll.runs import actions as runs
from payroll.runs.models import PayRun

KIND = "pay_reversal"


@transaction.atomic
def ask_reversal(*, run_id: int, reason: str, by: Person) -> Reversal:
    """冲销: hold the run and ask the three signers; from here until they have decided it can't be paid."""
    reason = reason.strip()
    if not reason:
        raise Refusal("请写明冲销的原因,签字人据此决定")
    returned = _returned_request(run_id)
    run = runs.hold_for_reversal(run_id=run_id, by=by)
    require_uncorrected(run)
    if returned is not None:
        request = approvals.resubmit(request_id=returned.pk, content_digest=run.digest, facts=_facts(run, reason), by=by)
    else:
        request = approvals.submit(
            kind=KIND,
            branch=run.branch,
            title=f"冲销 {run.title}",
            applicant=by,
            facts=_facts(run, reason),
            content_digest=run.digest,
            by=by,
        )
    reversal = Reversal.objects.create(run=run, reason=reason[:200], digest=run.digest, asked_by=by, approval=request)
    _log(reversal, by, "reversal.ask", f"申请冲销{run}:{reason}")
    return reversal


def _returned_request(run_id: int) -> Request | None:
    """The request of an earlier try that was sent back, locked before the run: it goes on in a new round."""
    rows = Request.objects.select_for_update(of=("self",)).filter(kind=KIND, state=State.RETURNED)
    return rows.filter(pk__in=Reversal.objects.filter(run=run_id).values("approval")).first()


def _facts(run: PayRun, reason: str) -> dict[str, object]:
    return {
        "number": run.number,
        "version": run.version,
        "month": run.month.label,
        "headcount": run.headcount,
        "net_total": f"{run.net_total:,.2f}",
        "reason": reason,
    }


def require_uncorrected(run: PayRun) -> None:
    """A month that an approved or sent-up correction was reckoned on stays: its differences are against this very version."""
    rows = Correction.objects.filter(branch=run.branch, state__in=(SIGNING, APPROVED), month__lte=run.month.number)
    found = rows.filter(through__gte=run.month.number).first()
    if found is not None:
        raise Refusal(f"更正单 {found.number}({found.get_state_display()})是以这份月报为准重算的,不能再冲销;请改用新的更正单")


def finish_reversal(*, reversal: Reversal, by: Person) -> None:
    """The last of the three has signed: the run is 已冲销. Called under the request's lock."""
    reversal.state, reversal.ended_at = REVERSAL.after(reversal.state, "approve"), timezone.now()
    run = runs.reverse_run(run_id=reversal.run_id, reason=reversal.reason, by=by)
    require_uncorrected(run)
    reversal.save(update_fields=["state", "ended_at"])
    _log(reversal, by, "reversal.done", f"{reversal.run}的冲销经三级审批批准")


def drop_reversal(*, reversal: Reversal, by: Person) -> None:
    """Sent back, refused or withdrawn: the run is 已批 again. A request sent back and then withdrawn has nothing left to do."""
    if reversal.state != SIGNING:
        return
    reversal.state, reversal.ended_at = REVERSAL.after(reversal.state, "send_back"), timezone.now()
    runs.end_reversal(run_id=reversal.run_id, by=by)
    reversal.save(update_fields=["state", "ended_at"])
    _log(reversal, by, "reversal.dropped", f"{reversal.run}的冲销未通过或已撤回")


def _log(reversal: Reversal, by: Person, act: str, summary: str) -> None:
    code = reversal.run.branch.code
    record(by=by, act=act, subject=reversal, summary=summary, branch_code=code, run=reversal.run_id, digest=reversal.digest)
