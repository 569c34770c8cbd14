from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from branch.jobs import actions, register
from branch.jobs.actions import LeaseLost, Progress
from branch.jobs.models import Job
from branch.notices.models import Notice
from kernel.refusals import Refusal
from tests.branch.conftest import Office

State = Job.State


@pytest.fixture
def work() -> Iterator[list[Any]]:
    """A kind `trial`: what the list holds is called in turn; each call is counted in it."""
    calls: list[Any] = []

    def do(progress: Progress, params: dict[str, Any]) -> dict[str, Any]:
        calls.append(params)
        act = params.get("act")
        if act == "refuse":
            raise Refusal("还缺核算输入", items=["600101 陆晨伟"])
        if act == "break":
            raise ZeroDivisionError
        progress.report(done=1, total=2, step="一半")
        if act == "cancelled":
            Job.objects.update(cancel_requested=True)
            progress.report(done=2)
        if act == "stolen":
            Job.objects.update(lease_token="somebody else")
            progress.hold()
        return {"answer": 42}

    register.register("trial", do)
    yield calls
    register._kinds.pop("trial")


def queued(office: Office, **params: Any) -> Job:
    """A job in the queue, not yet sent: nothing is committed in a test."""
    return actions.enqueue("trial", title="试办", key="k", by=office["600002"], params=params)


def test_one_of_a_kind_at_a_time(office: Office, work: list[Any]) -> None:
    assert queued(office).pk == queued(office).pk
    assert Job.objects.count() == 1


def test_it_starts_with_the_commit_and_tells_its_owner_once(
    office: Office, work: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = queued(office)
        assert not work
    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total) == (State.DONE, {"answer": 42}, 1, 2)
    with django_capture_on_commit_callbacks(execute=True):
        actions.run(job.pk)
    assert len(work) == 1
    assert Notice.objects.filter(person=office["600002"], text="试办已完成").count() == 1


def test_a_refusal_ends_it_with_its_sentences(office: Office, work: list[Any]) -> None:
    job = queued(office, act="refuse")
    actions.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.FAILED, "还缺核算输入\n600101 陆晨伟")


def test_a_fault_leaves_it_to_be_taken_up_again_and_ends_at_the_fifth(office: Office, work: list[Any]) -> None:
    job = queued(office, act="break")
    for attempt in range(1, actions.MAX_ATTEMPTS + 1):
        with pytest.raises(ZeroDivisionError):
            actions.run(job.pk)
        job.refresh_from_db()
        assert job.attempts == attempt
        assert job.state == (State.FAILED if attempt == actions.MAX_ATTEMPTS else State.RUNNING)
        Job.objects.filter(state=State.RUNNING).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert "系统故障" in job.error


def test_a_leased_job_is_left_alone_and_a_silent_one_is_taken(office: Office, work: list[Any]) -> None:
    job = queued(office)
    later, earlier = timezone.now() + timedelta(seconds=20), timezone.now() - timedelta(seconds=1)
    Job.objects.update(state=State.RUNNING, lease_token="t", lease_until=later)
    actions.run(job.pk)
    assert not work
    Job.objects.update(lease_until=earlier)
    actions.run(job.pk)
    assert len(work) == 1


def test_who_lost_the_lease_leaves_no_trace(office: Office, work: list[Any]) -> None:
    job = queued(office, act="stolen")
    actions.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.lease_token, job.result) == (State.RUNNING, "somebody else", {})
    progress = Progress(job, "an old token")
    with pytest.raises(LeaseLost), transaction.atomic():
        progress.hold()
    with pytest.raises(LeaseLost):
        progress.report(done=1)


def test_the_owner_may_cancel_and_nobody_else(office: Office, work: list[Any]) -> None:
    job = queued(office)
    with pytest.raises(Refusal, match="只有发起人"):
        actions.cancel(job, by=office["600001"])
    actions.cancel(job, by=office["600002"])
    job.refresh_from_db()
    assert job.state == State.CANCELLED
    with pytest.raises(Refusal, match="已经结束"):
        actions.cancel(job, by=office["600002"])


def test_who_asks_again_does_not_join_what_is_being_cancelled(office: Office, work: list[Any]) -> None:
    job = queued(office)
    Job.objects.update(state=State.RUNNING)
    actions.cancel(job, by=office["600002"])
    with pytest.raises(Refusal, match="“试办”正在取消"):
        queued(office)
    Job.objects.update(state=State.CANCELLED)
    assert queued(office).pk != job.pk


def test_running_work_stops_at_its_next_report(office: Office, work: list[Any]) -> None:
    job = queued(office, act="cancelled")
    actions.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (State.CANCELLED, "已按要求取消,未留下半成品")


def test_the_sweep_takes_up_what_waits_too_long_or_fell_silent(office: Office, work: list[Any]) -> None:
    job = queued(office)
    assert actions.sweep() == 0
    Job.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert actions.sweep() == 1
    job.refresh_from_db()
    assert job.state == State.DONE
    assert actions.sweep() == 0


def test_a_job_that_kills_its_workers_is_given_up(office: Office, work: list[Any]) -> None:
    job = queued(office)
    silent = timezone.now() - timedelta(seconds=1)
    Job.objects.update(state=State.RUNNING, lease_token="t", lease_until=silent, attempts=actions.MAX_TAKEN - 1)
    actions.run(job.pk)
    assert len(work) == 1  # once more it is tried, and done
    Job.objects.update(state=State.RUNNING, lease_token="t", lease_until=silent, attempts=actions.MAX_TAKEN)
    actions.run(job.pk)
    job.refresh_from_db()
    assert len(work) == 1
    assert job.state == State.FAILED
    assert "已停止重试" in job.error
