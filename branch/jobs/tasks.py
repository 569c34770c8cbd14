from __future__ import annotations

from celery import shared_task

from branch.jobs import actions
from branch.jobs.register import monthly_preparations


@shared_task
def run_job(job_id: int) -> None:
    """Worker: do one job."""
    actions.run(job_id)


@shared_task
def sweep() -> int:
    """Beat: take up dropped jobs."""
    return actions.sweep()


@shared_task
def prepare_month() -> None:
    """Beat: let every app prepare what the month needs."""
    for prepare in monthly_preparations():
        prepare()
