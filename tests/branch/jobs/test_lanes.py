"""The two lanes of the queue: what one person asks for isn't behind what was queued by the hundred."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker
from django.conf import settings as configured
from django.utils import timezone

from branch.jobs import actions, register
from branch.jobs.models import Job
from tests.branch.conftest import Office


@pytest.fixture
def kinds() -> Iterator[None]:
    register.register("many", lambda *_: {}, lane=register.BULK)
    register.register("one", lambda *_: {})
    yield
    for name in ("many", "one"):
        register._kinds.pop(name)
        register._lanes.pop(name)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[tuple[int, str]]:
    """What goes to the broker: job, lane."""
    settings.CELERY_TASK_ALWAYS_EAGER = False
    found: list[tuple[int, str]] = []
    monkeypatch.setattr(actions.current_app, "send_task", lambda _, *, args, queue: found.append((args[0], queue)))
    return found


def test_a_kind_goes_down_its_lane(
    office: Office, kinds: None, sent: list[tuple[int, str]], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        jobs = [actions.enqueue(kind, title="试办", key="k", by=None) for kind in ("many", "one")]
    assert sent == [(jobs[0].pk, "bulk"), (jobs[1].pk, "celery")]


def test_many_at_once_go_in_their_order_and_join_what_is_under_way(
    office: Office, kinds: None, sent: list[tuple[int, str]], django_capture_on_commit_callbacks: Any
) -> None:
    under_way = actions.enqueue("many", title="试办", key="b", by=None)
    with django_capture_on_commit_callbacks(execute=True):
        found = actions.enqueue_many("many", [Job(title="试办", key=key) for key in "cba"])
    assert found["b"].pk == under_way.pk
    assert sent == [(found[key].pk, "bulk") for key in "cba"]
    assert Job.objects.count() == 3


def test_the_sweeper_sends_the_oldest_first_and_not_hundreds_at_once(
    office: Office, kinds: None, sent: list[tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "SWEPT_AT_ONCE", 2)
    jobs = [actions.enqueue("many", title="试办", key=str(at), by=None) for at in range(5)]
    long_ago = timezone.now() - timedelta(minutes=5)
    Job.objects.update(created_at=long_ago)
    silent = Job.objects.filter(pk=jobs[4].pk)
    silent.update(state=Job.State.RUNNING, lease_until=long_ago)
    assert actions.sweep() == 3
    assert [pk for pk, _ in sent] == [jobs[4].pk, jobs[0].pk, jobs[1].pk]


def _place_of_the_last(lane: str) -> int:
    """40 pieces of work wait in the lane `bulk`, one more in `lane`: as how manieth a worker does that one."""
    app = Celery(f"lanes-{lane}", broker="memory://", set_as_current=False)
    app.conf.update(
        task_queues=configured.CELERY_TASK_QUEUES,
        worker_prefetch_multiplier=configured.CELERY_WORKER_PREFETCH_MULTIPLIER,
        task_acks_late=configured.CELERY_TASK_ACKS_LATE,
        task_ignore_result=True,
    )
    done: list[int] = []
    over = threading.Event()

    @app.task(name=f"note-{lane}")
    def note(at: int) -> None:
        done.append(at)
        if len(done) == 41:
            over.set()

    for at in range(41):
        note.apply_async(args=[at], queue="bulk" if at < 40 else lane)
    with start_worker(app, pool="solo", perform_ping_check=False, shutdown_timeout=10):
        assert over.wait(15)
    return done.index(40)


def test_a_worker_takes_from_both_lanes_by_turns() -> None:
    assert _place_of_the_last("celery") <= 3


def test_control_in_the_same_lane_the_last_waits_for_all_the_others() -> None:
    assert _place_of_the_last("bulk") == 40
