from __future__ import annotations

from celery import shared_task

from branch.once import actions


@shared_task
def tidy() -> int:
    """Beat: forget old tokens."""
    return actions.tidy()
