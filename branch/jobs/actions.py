"""Starting, leasing, ending jobs. The row decides, never the broker.

A lost message is swept up, a doubled one finds the lease taken.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

import structlog
from celery import current_app
from django.conf import settings
from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now
from django.db.models.sql import UpdateQuery
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from branch.audit.actions import source
from branch.jobs.models import Job
from branch.jobs.register import lane_of, stopped_of, work_of
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.prepared import Given, do, insert
from kernel.refusals import Refusal

log = structlog.get_logger(__name__)
State = Job.State
OPEN = (State.QUEUED, State.RUNNING)
MAX_ATTEMPTS = 5
MAX_TAKEN = 10  # times a job is taken up after workers that died of it
CANCELLED, CLEAN = "已按要求取消", ",未留下半成品"
BROKEN = "系统故障,多次重试未成功,请联系系统管理员"
SOON = 1.0  # seconds until a heartbeat that found the row held tries again
TRIES = 10  # what stands in a new job's way must end between two statements each time, for so many to be in vain
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
        self.ended = False

    def report(self, *, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
        """Tell how far the work is, and prolong the lease. Raises Cancelled or LeaseLost."""
        told = {name: value for name, value in (("done", done), ("total", total), ("step", step)) if value is not None}
        statement, marks = _report(connection.vendor, settings.JOB_LEASE_SECONDS, *told)
        given = {**told, "job": self.job.pk, "token": self._token}
        if not do(statement, [given[mark.name] if isinstance(mark, Given) else mark for mark in marks]):
            ours = Job.objects.filter(pk=self.job.pk, lease_token=self._token, state=State.RUNNING)
            raise Cancelled if ours.exists() else LeaseLost

    def hold(self) -> None:
        """Late in a transaction: lock the row and check that the lease is still ours: two workers never both commit.

        Late, because the lease can't be prolonged while the row is held.
        """
        if not Job.objects.select_for_update().filter(pk=self.job.pk, lease_token=self._token, state=State.RUNNING).exists():
            raise LeaseLost

    def end(self, came: dict[str, Any] | Exception) -> None:
        """End the job in the work's last transaction, with its result or with what stopped it. Raises LeaseLost.

        For work that can be asked for again: who sees that it is done finds its job over as well, and a second asking in that
        instant makes a new job instead of joining one that does nothing any more. Nothing may take that transaction back
        unnoticed.
        """
        if not _close(self.job, self._token, came):
            raise LeaseLost
        self.ended = True


@cache
def _report(vendor: str, lease: int, *told: str) -> tuple[str, tuple[Any, ...]]:
    """The statement of a report, put together once for each kind of database: a branch's pay or import asks it at every step."""
    ours = Job.objects.filter(pk=Given("job"), lease_token=Given("token"), state=State.RUNNING, cancel_requested=False)
    query: Any = ours.query.chain(UpdateQuery)
    query.add_update_values({"lease_until": _lease_end(), **{name: Given(name) for name in told}})
    statement, marks = query.get_compiler(connection=connection).as_sql()
    return statement, tuple(marks)


def _lease_end() -> CombinedExpression:
    """By the database's clock as the statement begins: the clocks of two machines may differ."""
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _free() -> Q:
    """Jobs that wait, and those whose holder has fallen silent."""
    return Q(state=State.QUEUED) | Q(state=State.RUNNING, lease_until__lt=Now())


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
    """Queue a piece of work; while one with the same kind and key is under way, that one is returned instead of a second.

    Refused while that one is being cancelled.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                job = insert(Job(kind=kind, title=title, key=key, owner=by, branch=branch, link=link, params=params or {}))
        except IntegrityError as error:
            under_way = Job.objects.filter(kind=kind, key=key, state__in=OPEN).first()
            if under_way is not None:
                return joined(under_way)
            lost = error  # the one that stood in the way ended between the two statements
        else:
            transaction.on_commit(lambda pk=job.pk: _send(pk, kind))  # type: ignore[misc]
            return job
    raise lost


def joined(job: Job) -> Job:
    """The job under way, for who asks for its work again. Refused while it is being cancelled: it won't do what is asked."""
    if job.cancel_requested:
        raise Refusal(f"“{job.title}”正在取消,请稍候再重新发起", code="being_cancelled")
    return job


def enqueue_many(kind: str, wanted: Sequence[Job]) -> dict[str, Job]:
    """Queue unsaved `wanted` jobs of a kind, in a handful of statements, sent in their order; gives the job under way by key.

    As with `enqueue`, one with the same key that is under way stays the only one.
    """
    found: dict[str, Job] = {}
    for job in wanted:
        job.kind = kind
    for _ in range(TRIES):
        missing = [job for job in wanted if job.key not in found]  # after the first try: who stood in the way has ended since
        if not missing:
            break
        Job.objects.bulk_create(missing, ignore_conflicts=True)
        open_ones = Job.objects.filter(kind=kind, key__in=[job.key for job in missing], state__in=OPEN)
        found |= {job.key: job for job in open_ones}
    ordered = [found[job.key].pk for job in wanted]
    transaction.on_commit(lambda: _send_all(ordered, kind))
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
    except (OSError, BrokerError) as error:
        log.warning("broker_unreachable", job=job_id, reason=type(error).__name__)


def _take(job_id: int) -> tuple[Job, str] | None:
    """Take the lease if the job waits, or if its holder has fallen silent.

    A row that somebody holds is left alone, not waited for: else one frozen worker would bind another at each sweep.
    """
    token = str(uuid.uuid4())
    with transaction.atomic():
        unheld = Job.objects.select_for_update(skip_locked=True, no_key=True).filter(_free(), pk=job_id)
        taken = Job.objects.filter(_free(), pk__in=unheld.values("pk")).update(
            state=State.RUNNING,
            lease_token=token,
            lease_until=_lease_end(),
            attempts=F("attempts") + 1,
            started_at=timezone.now(),
        )
    return (Job.objects.select_related("owner", "branch").get(pk=job_id), token) if taken else None


@contextmanager
def _heartbeat(job: Job, token: str) -> Iterator[None]:
    """Prolong the lease from a thread of its own while one long statement keeps the work silent."""
    stop = threading.Event()

    def beat() -> None:
        every: float = settings.JOB_HEARTBEAT_SECONDS
        pause = every
        try:
            while not stop.wait(pause):
                pause = every if _renewed(job, token) else min(every, SOON)
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


def _renewed(job: Job, token: str) -> bool:
    """Prolong the lease. False where the work itself holds the row at this moment, or the database is away: try again soon.

    It doesn't wait for the row: what it would write by then could be over already.
    """
    try:
        with transaction.atomic():
            unheld = Job.objects.select_for_update(skip_locked=True, no_key=True).filter(
                pk=job.pk, lease_token=token, state=State.RUNNING
            )
            return bool(Job.objects.filter(pk__in=unheld.values("pk")).update(lease_until=_lease_end()))
    except (OperationalError, InterfaceError) as error:
        log.warning("heartbeat_missed", job=job.pk, reason=type(error).__name__)
        connection.close()
        return False


def run(job_id: int) -> None:
    """Do the job if nobody else is at it. Called by the worker; calling it twice does the work once."""
    taken = _take(job_id)
    if taken is None:
        return
    job, token = taken
    if job.attempts > MAX_TAKEN:
        _end(job, token, Refusal("工作进程多次在这项任务上中断,已停止重试,请联系系统管理员"))
        return
    with source("task"), _heartbeat(job, token):
        _attempt(job, token, work_of(job.kind))


def _attempt(job: Job, token: str, work: Callable[[Progress, dict[str, Any]], dict[str, Any]]) -> None:
    progress = Progress(job, token)
    try:
        result = work(progress, job.params)
    except LeaseLost:
        return
    except (Cancelled, Refusal) as why:
        _end(job, token, why)
    except Exception as error:
        if job.attempts >= MAX_ATTEMPTS:
            _end(job, token, error)
        log.exception("job_failed", job=job.pk, kind=job.kind)
        raise
    else:
        if not progress.ended:
            _end(job, token, result)


@transaction.atomic
def _end(job: Job, token: str, came: dict[str, Any] | Exception) -> None:
    _close(job, token, came)


def _close(job: Job, token: str, came: dict[str, Any] | Exception) -> bool:
    """Close the job with what came of it and tell its owner, once. Whether it was still ours to close."""
    state, error = _verdict(came)
    ended = Job.objects.filter(pk=job.pk, lease_token=token, state=State.RUNNING).update(
        state=state, result=came if isinstance(came, dict) else {}, error=error, ended_at=timezone.now(), lease_until=None
    )
    if not ended:
        return False
    stands = _account(job, error) if state != State.DONE else ""
    if job.owner is not None:
        words = {State.DONE: "已完成", State.FAILED: "未完成", State.CANCELLED: "已取消"}[state]
        said = f"{job.title}{words}" + (f":{stands}" if stands else "")
        tell([job.owner], said, key=f"job:{job.pk}", link=job.link or f"/jobs/{job.pk}/")
    return True


def _verdict(came: dict[str, Any] | Exception) -> tuple[State, str]:
    if isinstance(came, dict):
        return State.DONE, ""
    if isinstance(came, Cancelled):
        return State.CANCELLED, CANCELLED + CLEAN
    error = "\n".join([came.sentence, *came.items[:20]]) if isinstance(came, Refusal) else BROKEN
    return State.FAILED, error[:1000]


def _account(job: Job, error: str) -> str:
    """What stands of a job that ended before it was done, for kinds that do theirs step by step: kept as its result, told in
    its reason. In a few words for the owner; '' where nothing stands."""
    stopped = stopped_of(job.kind)
    if stopped is None:
        return ""
    result, stands = stopped(job)
    if stands:
        first, *rest = error.split("\n")
        error = "\n".join([f"{first.removesuffix(CLEAN)};{stands}", *rest])[:1000]
    Job.objects.filter(pk=job.pk).update(result=result, error=error)
    return stands


@transaction.atomic
def cancel(job: Job, *, by: Person) -> None:
    """Ask a job to stop at its next report; one that still waits ends at once. Only the owner may."""
    if job.owner_id != by.pk:
        raise Refusal("只有发起人可以取消这项任务")
    now, error = timezone.now(), "已取消,尚未开始"
    if Job.objects.filter(pk=job.pk, state=State.QUEUED).update(state=State.CANCELLED, ended_at=now, error=error):
        _account(job, error)
    elif not Job.objects.filter(pk=job.pk, state=State.RUNNING).update(cancel_requested=True):
        raise Refusal("任务已经结束,无需取消")


def sweep() -> int:
    """Send again, oldest first, what waits without a worker or whose worker fell silent. Returns how many."""
    return sweep_silent() + sweep_waiting()


def sweep_silent() -> int:
    """Those whose worker fell silent. More often than the others: somebody has waited for a whole lease already."""
    return _sent_again(Job.objects.filter(state=State.RUNNING, lease_until__lt=Now()))


def sweep_waiting() -> int:
    """Those that wait though their message should have arrived; a few at a time."""
    long_ago = Now() - timedelta(seconds=settings.JOB_LEASE_SECONDS)
    return _sent_again(Job.objects.filter(state=State.QUEUED, created_at__lt=long_ago), SWEPT_AT_ONCE)


def _sent_again(jobs: QuerySet[Job], most: int | None = None) -> int:
    found = list(jobs.order_by("pk").values_list("pk", "kind")[:most])
    for job_id, kind in found:
        _send(job_id, kind)
    return len(found)
