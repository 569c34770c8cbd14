from __future__ import annotations

from celery import shared_task

from branch.audit.actions import source
from teams.plans.logs import actions


@shared_task
def draw_weeks() -> int:
    """Beat: draw the logs of the weeks that have been locked since."""
    with source("task"):
        return actions.draw_weeks()
