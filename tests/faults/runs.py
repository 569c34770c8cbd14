"""Runs of 200 people, and what must be true of each when it is over, whatever happened on the way."""

from __future__ import annotations

from django.db import transaction

from bench import worlds
from branch.audit.models import AuditRow
from branch.jobs.actions import Progress
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.org.models import Branch
from branch.people.models import Person
from payroll.runs import computing
from payroll.runs.actions import compute
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import REVIEW

PEOPLE = 200


def finance() -> Person:
    return Person.objects.get(staff_no="600002")


def branches(count: int) -> list[Branch]:
    """The branches that wait for 计算."""
    return list(Branch.objects.filter(code__startswith="K").order_by("code")[:count])


def press(branch: Branch) -> PayRun:
    return compute(branch=branch, month=worlds.FIRST, by=finance())


def undisturbed(branch: Branch) -> str:
    """The digest of the branch's run when nothing happens; nothing of it stays."""
    with transaction.atomic():
        run = press(branch)
        assert run.job is not None
        Job.objects.filter(pk=run.job.pk).update(state=Job.State.RUNNING, lease_token="alone")
        digest = computing.compute_run(Progress(run.job, "alone"), {"run": run.pk})["digest"]
        transaction.set_rollback(True)
    return str(digest)


def faults_of(run: PayRun, digest: str) -> list[str]:
    """What is wrong with a run that should be complete: in words, none when all is well."""
    run.refresh_from_db()
    assert run.job is not None
    run.job.refresh_from_db()
    slips = PaySlip.objects.filter(run__branch=run.branch, month=run.month, current=True)
    counts = {
        "slips": (slips.count(), PEOPLE),
        "people with a slip": (slips.values("person").distinct().count(), PEOPLE),
        "live runs": (PayRun.objects.filter(branch=run.branch, month=run.month).live().count(), 1),
        "jobs": (Job.objects.filter(branch=run.branch).count(), 1),
        "notices": (Notice.objects.filter(key=f"job:{run.job.pk}").count(), 1),
        "log rows of the end": (AuditRow.objects.filter(act="run.computed", branch_code=run.branch.code).count(), 1),
    }
    found = [
        f"{run.branch.code}: {count} {what} instead of {wanted}" for what, (count, wanted) in counts.items() if count != wanted
    ]
    if run.state != REVIEW or run.job.state != Job.State.DONE:
        found.append(f"{run.branch.code}: run {run.state}, job {run.job.state} {run.job.error}")
    if run.digest != digest:
        found.append(f"{run.branch.code}: another digest than undisturbed")
    return found


def ended(runs: list[PayRun]) -> bool:
    over = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)
    return Job.objects.filter(pk__in=[run.job_id for run in runs], state__in=over).count() == len(runs)
