from __future__ import annotations

from celery import shared_task

from branch.files import actions


@shared_task
def tidy() -> int:
    """Beat: delete contents that no row names."""
    return actions.tidy()
