"""The register of job kinds: an upper app tells here how its work is done, and what the beat prepares each month."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from branch.jobs.actions import Progress

Work = Callable[["Progress", dict[str, Any]], dict[str, Any]]

_kinds: dict[str, Work] = {}
_monthly: list[Callable[[], None]] = []


def register(kind: str, work: Work) -> None:
    """`work(progress, params)` does the job and returns its result. It must be idempotent: after a crash it is called again."""
    _kinds[kind] = work


def work_of(kind: str) -> Work:
    return _kinds[kind]


def add_monthly(prepare: Callable[[], None]) -> None:
    """Sign in what the beat prepares for each month. Called hourly; must do nothing the second time."""
    if prepare not in _monthly:
        _monthly.append(prepare)


def monthly_preparations() -> list[Callable[[], None]]:
    return list(_monthly)
