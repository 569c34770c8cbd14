from __future__ import annotations

from celery import shared_task
from django.core.management import call_command

from branch.jobs import actions
from branch.jobs.register import monthly_preparations
from branch.people.throttle import forget_old


@shared_task
def run_job(job_id: int) -> None:
    """Worker: do one job."""
    actions.run(job_id)


@shared_task
def sweep() -> int:
    """Beat: take up jobs whose worker fell silent."""
    return actions.sweep_silent()


@shared_task
def sweep_waiting() -> int:
    """Beat: send again what waits without a message."""
    return actions.sweep_waiting()


@shared_task
def tidy() -> None:
    """Beat: sessions that ended by themselves and attempts at signing in that no longer count."""
    call_command("clearsessions", verbosity=0)
    forget_old()


@shared_task
def prepare_month() -> None:
    """Beat: let every app prepare what the month needs."""
    for prepare in monthly_preparations():
        prepare()
