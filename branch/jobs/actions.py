"""Starting, leasing, ending jobs. The row decides, never the broker.

A lost message is swept up, a doubled one finds the lease taken.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from branch.audit.actions import source
from branch.jobs.models import Job
from branch.jobs.register import lane_of, work_of
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from kernel.refusals import Refusal

log = structlog.get_logger(__name__)
State = Job.State
MAX_ATTEMPTS = 5
MAX_TAKEN = 10  # times a job is taken up after workers that died of it
SWEPT_AT_ONCE = 50  # of those that merely wait: 300 branches in a row must not be sent anew every ten seconds


class Cancelled(Exception):
    """The owner asked the job to stop."""


class LeaseLost(Exception):
    """Another worker holds this job now; this one must stop without a trace."""


class Progress:
    """What running work holds: it reports steps, and learns of a cancellation or a lost lease when it does."""

    def __init__(self, job: Job, token: str) -> None:
        self.job = job
        self._token = token

    def report(self, *, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
        """Tell how far the work is, and prolong the lease. Raises Cancelled or LeaseLost."""
        changes: dict[str, Any] = {"lease_until": _lease_end()}
        changes |= {k: v for k, v in (("done", done), ("total", total), ("step", step)) if v is not None}
        ours = Job.objects.filter(pk=self.job.pk, lease_token=self._token, state=State.RUNNING)
        if not ours.filter(cancel_requested=False).update(**changes):
            raise Cancelled if ours.exists() else LeaseLost

    def hold(self) -> None:
        """Inside a chunk's transaction: lock the row and check that the lease is still ours: two workers never both commit."""
        if not Job.objects.select_for_update().filter(pk=self.job.pk, lease_token=self._token, state=State.RUNNING).exists():
            raise LeaseLost


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def enqueue(
    kind: str,
    *,
    title: str,
    key: str,
    by: Person | None,
    branch: Branch | None = None,
    link: str = "",
    params: dict[str, Any] | None = None,
) -> Job:
    """Queue a piece of work; while one with the same kind and key is under way, that one is returned instead of a second."""
    try:
        with transaction.atomic():
            job = Job.objects.create(kind=kind, title=title, key=key, owner=by, branch=branch, link=link, params=params or {})
    except IntegrityError:
        return Job.objects.get(kind=kind, key=key, state__in=(State.QUEUED, State.RUNNING))
    transaction.on_commit(lambda: _send(job.pk, kind))
    return job


def enqueue_many(kind: str, wanted: Sequence[Job]) -> dict[str, Job]:
    """Queue unsaved `wanted` jobs of a kind, in a handful of statements, sent in their order; gives the job under way by key.

    As with `enqueue`, one with the same key that is under way stays the only one.
    """
    for job in wanted:
        job.kind = kind
    Job.objects.bulk_create(wanted, ignore_conflicts=True)
    keys = [job.key for job in wanted]
    open_ones = Job.objects.filter(kind=kind, key__in=keys, state__in=(State.QUEUED, State.RUNNING))
    found = {job.key: job for job in open_ones}
    transaction.on_commit(lambda: _send_all([found[key].pk for key in keys], kind))
    return found


def _send_all(job_ids: Sequence[int], kind: str) -> None:
    for job_id in job_ids:
        _send(job_id, kind)


def _send(job_id: int, kind: str) -> None:
    """Hand the job to its lane of the broker by the task's name. A broker that is away loses nothing: the sweeper sends it."""
    try:
        if settings.CELERY_TASK_ALWAYS_EAGER:
            run(job_id)
        else:
            current_app.send_task("branch.jobs.tasks.run_job", args=[job_id], queue=lane_of(kind))
    except (OSError, OperationalError) as error:
        log.warning("broker_unreachable", job=job_id, reason=type(error).__name__)


def _take(job_id: int) -> tuple[Job, str] | None:
    """Take the lease if the job waits, or if its holder has fallen silent."""
    token, now = str(uuid.uuid4()), timezone.now()
    free = Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id).update(
        state=State.RUNNING, lease_token=token, lease_until=_lease_end(), attempts=F("attempts") + 1, started_at=now
    )
    return (Job.objects.select_related("owner", "branch").get(pk=job_id), token) if taken else None


@contextmanager
def _heartbeat(job: Job, token: str) -> Iterator[None]:
    """Prolong the lease from a thread of its own while one long statement keeps the work silent."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(settings.JOB_HEARTBEAT_SECONDS):
                Job.objects.filter(pk=job.pk, lease_token=token).update(lease_until=_lease_end())
        finally:
            connection.close()

    thread = threading.Thread(target=beat, daemon=True)
    if not settings.CELERY_TASK_ALWAYS_EAGER:  # eager work shares the caller's transaction: another thread could only wait for it
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread.is_alive():
            thread.join(timeout=2)


def run(job_id: int) -> None:
    """Do the job if nobody else is at it. Called by the worker; calling it twice does the work once."""
    taken = _take(job_id)
    if taken is None:
        return
    job, token = taken
    if job.attempts > MAX_TAKEN:
        _end(job, token, State.FAILED, error="工作进程多次在这项任务上中断,已停止重试,请联系系统管理员")
        return
    with source("task"), _heartbeat(job, token):
        _attempt(job, token, work_of(job.kind))


def _attempt(job: Job, token: str, work: Callable[[Progress, dict[str, Any]], dict[str, Any]]) -> None:
    try:
        result = work(Progress(job, token), job.params)
    except LeaseLost:
        return
    except Cancelled:
        _end(job, token, State.CANCELLED, error="已按要求取消,未留下半成品")
    except Refusal as refusal:
        _end(job, token, State.FAILED, error="\n".join([refusal.sentence, *refusal.items[:20]]))
    except Exception:
        if job.attempts >= MAX_ATTEMPTS:
            _end(job, token, State.FAILED, error="系统故障,多次重试未成功,请联系系统管理员")
        log.exception("job_failed", job=job.pk, kind=job.kind)
        raise
    else:
        _end(job, token, State.DONE, result=result)


@transaction.atomic
def _end(job: Job, token: str, state: str, *, result: dict[str, Any] | None = None, error: str = "") -> None:
    """Close the job and tell its owner, once."""
    ended = Job.objects.filter(pk=job.pk, lease_token=token, state=State.RUNNING).update(
        state=state, result=result or {}, error=error[:1000], ended_at=timezone.now(), lease_until=None
    )
    if ended and job.owner is not None:
        words = {State.DONE: "已完成", State.FAILED: "未完成", State.CANCELLED: "已取消"}
        tell([job.owner], f"{job.title}{words[State(state)]}", key=f"job:{job.pk}", link=job.link or f"/jobs/{job.pk}/")


def cancel(job: Job, *, by: Person) -> None:
    """Ask a job to stop at its next report; one that still waits ends at once. Only the owner may."""
    if job.owner_id != by.pk:
        raise Refusal("只有发起人可以取消这项任务")
    now = timezone.now()
    if Job.objects.filter(pk=job.pk, state=State.QUEUED).update(state=State.CANCELLED, ended_at=now, error="已取消,尚未开始"):
        return
    if not Job.objects.filter(pk=job.pk, state=State.RUNNING).update(cancel_requested=True):
        raise Refusal("任务已经结束,无需取消")


def sweep() -> int:
    """Send again, oldest first, what waits without a worker or whose worker fell silent. Returns how many."""
    now = timezone.now()
    jobs = Job.objects.order_by("pk").values_list("pk", "kind")
    silent = jobs.filter(state=State.RUNNING, lease_until__lt=now)
    waiting = jobs.filter(state=State.QUEUED, created_at__lt=now - timedelta(seconds=settings.JOB_LEASE_SECONDS))
    found = [*silent, *waiting[:SWEPT_AT_ONCE]]
    for job_id, kind in found:
        _send(job_id, kind)
    return len(found)
