"""The register of job kinds: an upper app tells here how its work is done, and what the beat prepares each month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from branch.jobs.actions import Progress
    from branch.jobs.models import Job

Work = Callable[["Progress", dict[str, Any]], dict[str, Any]]
Stopped = Callable[["Job"], tuple[dict[str, Any], str]]

EVERYDAY, BULK = "celery", "bulk"
"""The lanes of the queue. Workers take from both by turns: whoever presses a button isn't behind 300 branches."""

_kinds: dict[str, Work] = {}
_lanes: dict[str, str] = {}
_stopped: dict[str, Stopped] = {}
_cancelling: dict[str, str] = {}
_monthly: list[Callable[[], None]] = []


def register(kind: str, work: Work, *, lane: str = EVERYDAY, stopped: Stopped | None = None, cancelling: str = "") -> None:
    """`work(progress, params)` does the job and returns its result. It must be idempotent: after a crash it is called again.

    `lane` BULK is for kinds that are queued by the hundred at once.
    `stopped(job)` is called in the transaction that ends a job before it is done (cancelled, failed, given up), and gives its
    result and, in a few words, what stands of it; '' where it leaves nothing. What stands is read from the database: an earlier
    attempt may have done it.
    `cancelling` tells who is about to cancel what stays, where something does.
    """
    _kinds[kind], _lanes[kind] = work, lane
    if stopped is not None:
        _stopped[kind] = stopped
    if cancelling:
        _cancelling[kind] = cancelling


def work_of(kind: str) -> Work:
    return _kinds[kind]


def lane_of(kind: str) -> str:
    return _lanes.get(kind, EVERYDAY)


def stopped_of(kind: str) -> Stopped | None:
    return _stopped.get(kind)


def cancelling_of(kind: str) -> str:
    return _cancelling.get(kind, "取消后不会留下处理了一半的结果。")


def add_monthly(prepare: Callable[[], None]) -> None:
    """Sign in what the beat prepares for each month. Called hourly; must do nothing the second time."""
    if prepare not in _monthly:
        _monthly.append(prepare)


def monthly_preparations() -> list[Callable[[], None]]:
    return list(_monthly)
