from __future__ import annotations

from celery import shared_task

from branch.audit.actions import source
from teams.plans.targets import actions


@shared_task
def measure_marked() -> int:
    """Beat: measure the months whose figures have changed."""
    with source("task"):
        return actions.take_marked()


@shared_task
def measure_open() -> int:
    """Beat: measure every open month, in case a change left no mark."""
    with source("task"):
        return actions.take_open_months()


@shared_task
def remind_of_the_15th() -> int:
    """Beat: on the 15th or the next workday, tell who is not through with the month (S3)."""
    with source("task"):
        return actions.remind_of_the_15th()
