from __future__ import annotations

from celery import shared_task

from clients.imports import expiring


@shared_task
def expire() -> int:
    """Beat: give up pre-checks that nobody confirmed."""
    return expiring.expire_checked()
