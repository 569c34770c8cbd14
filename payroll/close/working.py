"""A branch's job in the company's close: look whether it is ready, reckon it under the same lease, settle it in the close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.jobs.actions import BROKEN, MAX_ATTEMPTS, Cancelled, LeaseLost, Progress
from branch.notices.actions import tell
from branch.people.queries import holders
from kernel.refusals import Refusal
from payroll.close.ending import end_if_last, locked_close
from payroll.close.models import BranchClose
from payroll.close.readiness import Problem, named, problems_of
from payroll.close.states import BRANCH, OPEN
from payroll.runs.actions import compute_in_close
from payroll.runs.checks import live_run
from payroll.runs.computing import compute_run
from payroll.runs.models import PayRun

log = structlog.get_logger(__name__)
ENDED_BEFORE = "ended before"


def close_branch(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
    """The job `payroll.close_branch`. A branch that isn't ready is an answer, not a failure: the row says what is missing."""
    row = _begin(progress, params["close"], params["branch"])
    if row is None:
        return {"state": ENDED_BEFORE}
    try:
        act, run, problems = _reckon(progress, row)
    except (LeaseLost, Cancelled):
        raise
    except Exception:
        log.exception("branch_close_failed", branch=row.branch.code)
        if progress.job.attempts >= MAX_ATTEMPTS:
            _settle(progress, row, "fail", note=BROKEN)
        raise
    return {"state": _settle(progress, row, act, run=run, problems=problems)}


@transaction.atomic
def _begin(progress: Progress, close_id: int, branch_id: int) -> BranchClose | None:
    """Take the branch up, also after a worker was killed over it; None where it was cancelled or is done.

    As everywhere in the close, its row is locked first and the job's last.
    """
    locked_close(close_id)
    row = BranchClose.objects.select_related("branch", "close__started_by", "job").get(close=close_id, branch=branch_id)
    if row.state not in OPEN:
        progress.end({"state": ENDED_BEFORE})
        return None
    progress.hold()
    row.state, row.started_at = BRANCH.after(row.state, "take"), row.started_at or timezone.now()
    row.save(update_fields=["state", "started_at"])
    return row


def _reckon(progress: Progress, row: BranchClose) -> tuple[str, PayRun | None, list[Problem]]:
    """What becomes of the branch: an act of the table of moves, its run, its problems."""
    branch, month, starter = row.branch, row.close.month, row.close.started_by
    assert starter is not None
    progress.report(step="检查是否就绪")
    run = live_run(branch, month)
    if run is not None and run.is_computed:
        return ("finish" if run.job_id == progress.job.pk else "skip"), run, []
    problems = problems_of(branch, month)
    if problems:
        return "stop", run, problems
    try:
        run = compute_in_close(branch=branch, month=month, by=starter, job=progress.job)
        compute_run(progress, {"run": run.pk}, whole_job=False)
    except Refusal as refusal:
        if refusal.code == "at_work":  # its own finance pressed 计算: that job does the same work
            return "skip", live_run(branch, month), []
        return "stop", live_run(branch, month), named(branch, month, refusal.items or [refusal.sentence])
    return "finish", PayRun.objects.get(pk=run.pk), []


@transaction.atomic
def _settle(
    progress: Progress,
    row: BranchClose,
    act: str,
    *,
    run: PayRun | None = None,
    problems: Sequence[Problem] = (),
    note: str = "",
) -> str:
    """Write down what came of the branch and, when it was the last, end the close. The close's row is locked first.

    The job ends with it: a close that is started again in this instant finds the branch waiting or done, never done with a job
    that is still there to be joined.
    """
    close = locked_close(row.close_id)
    row.refresh_from_db(fields=["state"])
    row.state, row.run, row.problems, row.note = BRANCH.after(row.state, act), run, list(problems), note
    row.ended_at = timezone.now()
    row.save()
    said = f"{close.month.label}公司月结:{row.branch.name}{row.get_state_display()}"
    said += f",{len(problems)} 项待处理" if problems else ""
    record(
        by=close.started_by, act="close.branch", subject=row, summary=said, branch_code=row.branch.code, problems=problems[:50]
    )
    _tell_finance(row, close.month.label, close.round)
    end_if_last(close)
    progress.end(Refusal(note) if act == "fail" else {"state": row.state})
    return row.state


def _tell_finance(row: BranchClose, month: str, round_: int) -> None:
    """The branch's finance goes on from here: mend what is missing, or check and send up."""
    words = {
        "review": f"{month}薪酬已由公司月结算完,请核对后送审",
        "not_ready": f"{month}公司月结时本营业部未就绪,{len(row.problems)} 项待处理:"
        + ";".join(p["text"] for p in row.problems[:3]),
    }
    if row.state in words:
        people = holders("branch_finance", branch=row.branch)
        key = f"close:{row.branch.code}:{row.close.month}:{round_}"
        tell(people, words[row.state], key=key, link=row.job.link if row.job else "")
