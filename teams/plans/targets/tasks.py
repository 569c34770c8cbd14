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
