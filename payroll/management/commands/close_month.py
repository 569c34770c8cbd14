"""`close_month --branch CODE --month YYYY-MM [--pay-month YYYY-MM] --as USER`: reckon the month and send it up.

Signatures are only given by persons, on their pages. Without a worker the computation runs here, in this process.
"""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import CommandParser

from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from kernel.refusals import Refusal
from payroll.runs import actions
from payroll.runs.models import PayRun

ENDED = (Job.State.DONE, Job.State.FAILED, Job.State.CANCELLED)


class Command(ActingCommand):
    help = "核算一个月的薪酬并送审(签字只能由本人在页面上办理)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, type=month_argument, help="所属月份,例如 2026-10")
        parser.add_argument("--pay-month", type=month_argument, help="发放月份,默认按薪酬方案(次月)")
        parser.add_argument("--compute-only", action="store_true", help="只计算,不送审")
        super().add_arguments(parser)

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        run = actions.compute(branch=branch, month=options["month"], pay_month=options["pay_month"], by=person)
        run = finished(run)
        self.stdout.write(f"{run}:{run.headcount} 人,应发 {run.gross_total} 元,实发 {run.net_total} 元")
        if not options["compute_only"]:
            run = actions.send_up(run_id=run.pk, by=person)
            number = run.approval.number if run.approval else ""
            self.stdout.write(f"已送审,申请 {number},等待主办会计、副经理、经理依次签字")


def finished(run: PayRun) -> PayRun:
    """Do the run's job here, or wait for the worker that has it. Raises Refusal with everything that is missing."""
    job = run.job
    assert job is not None
    while True:
        jobs.run(job.pk)
        job.refresh_from_db()
        if job.state in ENDED:
            break
        time.sleep(0.5)
    run = PayRun.objects.shown().get(pk=run.pk)
    if job.state != Job.State.DONE or not run.is_computed:
        raise Refusal(job.error.split("\n")[0] or "核算没有完成,请重新执行", code="not_computed", items=list(run.problems))
    return run
