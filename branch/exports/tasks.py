from __future__ import annotations

from celery import shared_task

from branch.exports import actions


@shared_task
def expire() -> int:
    """Beat: delete the files whose end has come."""
    return actions.expire()
