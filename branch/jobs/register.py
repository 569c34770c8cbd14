"""The register of job kinds: an upper app tells here how its work is done, and what the beat prepares each month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from branch.jobs.actions import Progress

Work = Callable[["Progress", dict[str, Any]], dict[str, Any]]

EVERYDAY, BULK = "celery", "bulk"
"""The lanes of the queue. Workers take from both by turns: whoever presses a button isn't behind 300 branches."""

_kinds: dict[str, Work] = {}
_lanes: dict[str, str] = {}
_monthly: list[Callable[[], None]] = []


def register(kind: str, work: Work, *, lane: str = EVERYDAY) -> None:
    """`work(progress, params)` does the job and returns its result. It must be idempotent: after a crash it is called again.

    `lane` BULK is for kinds that are queued by the hundred at once.
    """
    _kinds[kind], _lanes[kind] = work, lane


def work_of(kind: str) -> Work:
    return _kinds[kind]


def lane_of(kind: str) -> str:
    return _lanes.get(kind, EVERYDAY)


def add_monthly(prepare: Callable[[], None]) -> None:
    """Sign in what the beat prepares for each month. Called hourly; must do nothing the second time."""
    if prepare not in _monthly:
        _monthly.append(prepare)


def monthly_preparations() -> list[Callable[[], None]]:
    return list(_monthly)
