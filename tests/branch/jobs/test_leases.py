"""The lease: prolonged while the work goes on, by one clock, never waited for; and a second asking in the instant a job ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from branch.jobs import actions, register
from branch.jobs.actions import LeaseLost, Progress
from branch.jobs.models import Job
from branch.notices.models import Notice
from kernel.refusals import Refusal
from tests.branch.conftest import Office

State = Job.State
postgres = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@contextmanager
def kind(work: register.Work, **options: Any) -> Iterator[None]:
    register.register("trial", work, **options)
    yield
    for entries in (register._kinds, register._lanes, register._stopped, register._cancelling):
        entries.pop("trial", None)  # type: ignore[attr-defined]


def queued(key: str = "k") -> Job:
    return actions.enqueue("trial", title="试办", key=key, by=None)


@contextmanager
def held(job: Job, silent: str = "5min") -> Iterator[None]:
    """Somebody else holds the job's row meanwhile, in a transaction of their own that may be `silent` so long."""
    has, over = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with suppress(DatabaseError), transaction.atomic():
                connection.cursor().execute(f"SET idle_in_transaction_session_timeout = '{silent}'")
                Job.objects.select_for_update().get(pk=job.pk)
                has.set()
                over.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert has.wait(10)
    yield
    over.set()
    thread.join()


def took(act: Callable[[], Any]) -> tuple[float, Any]:
    begun = time.monotonic()
    found = act()
    return time.monotonic() - begun, found


class Test_on_the_server:
    pytestmark = postgres

    @pytest.fixture(autouse=True)
    def _workers(self, transactional_db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        settings.CELERY_TASK_ALWAYS_EAGER = False
        settings.JOB_LEASE_SECONDS, settings.JOB_HEARTBEAT_SECONDS = 1, 0.2
        monkeypatch.setattr(actions, "_send", lambda *_: None)

    def test_a_held_row_is_left_alone_at_once(self) -> None:
        """A frozen worker binds none of those that find its job silent."""
        job = queued()
        Job.objects.update(state=State.RUNNING, lease_token="t", lease_until=timezone.now() - timedelta(minutes=1))
        with held(job):
            seconds, taken = took(lambda: actions._take(job.pk))
            assert taken is None
            assert seconds < 1
        assert actions._take(job.pk) is not None

    def test_a_heartbeat_waits_for_no_row_and_shortens_no_lease(self) -> None:
        job = queued()
        taken = actions._take(job.pk)
        assert taken is not None
        with held(job):
            seconds, renewed = took(lambda: actions._renewed(*taken))
            assert not renewed
            assert seconds < 1
        before = Job.objects.get().lease_until
        assert before is not None
        time.sleep(0.01)
        assert actions._renewed(*taken)
        after = Job.objects.get().lease_until
        assert after is not None
        assert after > before

    def test_a_worker_frozen_in_its_transaction_loses_the_job_in_the_end(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            assert cursor.fetchone() == ("5min",)
        with kind(lambda *_: {}):
            job = queued()
            Job.objects.update(state=State.RUNNING, lease_until=timezone.now() - timedelta(minutes=1))
            with held(job, silent="1s"):
                actions.run(job.pk)
                job.refresh_from_db()
                assert job.state == State.RUNNING
                time.sleep(1.5)
                actions.run(job.pk)
        job.refresh_from_db()
        assert job.state == State.DONE

    def test_work_longer_than_its_lease_keeps_it(self) -> None:
        """Three leases long in one transaction, which holds the row at its end: nobody else begins."""
        calls = list[int]()

        def work(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
            calls.append(1)
            with transaction.atomic():
                Notice.objects.count()  # the transaction has begun
                time.sleep(3)
                progress.hold()
            return {}

        with kind(work):
            job = queued()
            first = ThreadPoolExecutor(1).submit(_closing, lambda: actions.run(job.pk))
            while not calls:
                time.sleep(0.01)
            while not first.done():
                assert actions.sweep_silent() == 0
                assert took(lambda: actions.run(job.pk))[0] < 1
                time.sleep(0.1)
            first.result()
        job.refresh_from_db()
        assert (len(calls), job.attempts, job.state) == (1, 1, State.DONE)

    def test_a_heartbeat_outlives_a_cut_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real, beats = actions._lease_end, list[int]()

        def once_away() -> Any:
            if threading.current_thread() is not threading.main_thread():
                beats.append(1)
                if len(beats) == 1:
                    raise OperationalError("server closed the connection unexpectedly")
            return real()

        monkeypatch.setattr(actions, "_lease_end", once_away)
        with kind(lambda *_: time.sleep(1.5) or {}):  # type: ignore[func-returns-value]
            actions.run(queued().pk)
        assert len(beats) > 2


def _closing(act: Callable[[], Any]) -> Any:
    try:
        return act()
    finally:
        connection.close()


@pytest.mark.django_db
def test_the_lease_is_reckoned_by_the_databases_clock(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker whose own clock is an hour late is not taken for dead."""
    job = queued()
    with monkeypatch.context() as late:
        real = timezone.now
        late.setattr(timezone, "now", lambda: real() - timedelta(hours=1))
        assert actions._take(job.pk) is not None
    assert actions.sweep_silent() == 0
    assert actions._take(job.pk) is None


@pytest.mark.django_db
def test_what_stood_in_the_way_ends_in_that_instant_and_a_new_one_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the refused row and the look for it: one job or many."""
    first = queued()
    looked, real_look, real_bulk = list[int](), Job.objects.filter, Job.objects.bulk_create

    def look(**given: Any) -> Any:
        if not looked:
            looked.append(real_look(state=State.QUEUED).update(state=State.DONE))
        return real_look(**given)

    def bulk_create(wanted: Any, **given: Any) -> Any:
        made = real_bulk(wanted, **given)
        if Job.objects.count() == 3:  # the second of the three was refused, and ends
            Job.objects.filter(pk=second.pk).update(state=State.DONE)
        return made

    with monkeypatch.context() as instant:
        instant.setattr(Job.objects, "filter", look)
        second = queued()
    assert second.pk != first.pk
    with monkeypatch.context() as instant:
        instant.setattr(Job.objects, "bulk_create", bulk_create)
        found = actions.enqueue_many("trial", [Job(title="试办", key=key) for key in "ak"])
    assert sorted(found) == ["a", "k"]
    assert found["k"].pk not in (first.pk, second.pk)
    assert {job.state for job in found.values()} == {State.QUEUED}


@pytest.mark.django_db
def test_work_may_end_its_job_in_its_own_last_transaction(
    office: Office, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = list[Any]()
    real = actions._end
    monkeypatch.setattr(actions, "_end", lambda *given: (ends.append(given), real(*given)))

    def work(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
        with transaction.atomic():
            progress.end({"answer": 42})
        assert actions.enqueue("trial", title="试办", key="k", by=None).pk != progress.job.pk
        return {"answer": 42}

    with kind(work), django_capture_on_commit_callbacks(execute=True):
        job = actions.enqueue("trial", title="试办", key="k", by=office["600002"])
        actions.run(job.pk)
        Job.objects.exclude(pk=job.pk).update(state=State.CANCELLED)
    job.refresh_from_db()
    assert (job.state, job.result, ends) == (State.DONE, {"answer": 42}, [])
    assert [notice.text for notice in Notice.objects.filter(key=f"job:{job.pk}")] == ["试办已完成"]
    with pytest.raises(LeaseLost):
        Progress(job, job.lease_token).end({})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("why", "state", "error"),
    [
        (actions.Cancelled(), State.CANCELLED, "已按要求取消;办了 2 件"),
        (Refusal("还缺输入", items=["甲", "乙"]), State.FAILED, "还缺输入;办了 2 件\n甲\n乙"),
        (ZeroDivisionError(), State.FAILED, "系统故障,多次重试未成功,请联系系统管理员;办了 2 件"),
    ],
)
def test_what_stands_of_stopped_work_is_said(
    office: Office, why: Exception, state: State, error: str, django_capture_on_commit_callbacks: Any
) -> None:
    def work(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
        raise why

    with kind(work, stopped=lambda job: ({"done": 2}, "办了 2 件")), django_capture_on_commit_callbacks(execute=True):
        job = actions.enqueue("trial", title="试办", key="k", by=office["600002"])
        Job.objects.update(attempts=actions.MAX_ATTEMPTS - 1)
        with suppress(ZeroDivisionError):
            actions.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result, job.error) == (state, {"done": 2}, error)
    assert Notice.objects.get(key=f"job:{job.pk}").text.endswith(":办了 2 件")
