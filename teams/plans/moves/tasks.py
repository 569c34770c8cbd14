from __future__ import annotations

from celery import shared_task

from branch.audit.actions import source
from teams.plans.moves.handing import settle_moves


@shared_task
def settle() -> int:
    """Beat: moves that were handed over and held by something else, once that is gone."""
    with source("task"):
        return settle_moves()
