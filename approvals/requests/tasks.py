from __future__ import annotations

from celery import shared_task

from approvals.requests import actions


@shared_task
def chase_late() -> tuple[int, int]:
    """Beat: remind who is late with a signature, and tell those above of what is twice as late."""
    return actions.chase_late()


@shared_task
def reroute_stranded() -> int:
    """Beat: hand over the seats of those who left or no longer lead since the last time."""
    return actions.reroute_stranded()
