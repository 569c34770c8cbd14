"""Alive, ready, metrics: right when something is missing, and silent to strangers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from branch.audit.actions import record, seal_rows
from branch.jobs.models import Job
from config import monitoring

pytestmark = pytest.mark.django_db
STRANGER = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def _asked_anew() -> None:
    monitoring._migrated.clear()


def lines(answer: Any) -> dict[str, str]:
    return dict(line.rsplit(" ", 1) for line in answer.content.decode().splitlines() if not line.startswith("#"))


def test_alive_asks_no_database(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").json() == {"status": "ok"}


def test_ready_when_all_answer() -> None:
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def broken_database() -> bool:
    raise DatabaseError("password authentication failed for user postgres")


@pytest.mark.parametrize(("check", "fault"), [("_database", broken_database), ("_migrations", lambda: False)])
def test_not_ready_says_why_to_the_machine_itself_only(monkeypatch: pytest.MonkeyPatch, check: str, fault: Any) -> None:
    monkeypatch.setattr(monitoring, check, fault)
    stranger, own = Client(**STRANGER).get("/readyz"), Client().get("/readyz")
    assert (stranger.status_code, stranger.json()) == (503, {"status": "not ready"})
    assert own.json() == {"status": "not ready", "failed": check.removeprefix("_")}


def test_a_migration_that_has_not_run_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migration_plan", lambda *_: ["one"])
    assert Client().get("/readyz").json()["failed"] == "migrations"


def test_a_broker_that_is_away_is_not_ready_and_told_soon(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    began = timezone.now()
    assert Client().get("/readyz").json()["failed"] == "broker"
    assert timezone.now() - began < timedelta(seconds=5)


def test_a_queue_folder_that_is_gone_is_not_ready(settings: Any) -> None:
    settings.CELERY_BROKER_URL = "filesystem://"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"control_folder": "/nowhere/at/all"}
    assert Client().get("/readyz").json()["failed"] == "broker"


def test_metrics_count_the_queue() -> None:
    now = timezone.now()
    Job.objects.create(kind="pay.compute", key="1", title="x", state="queued")
    Job.objects.filter(key="1").update(created_at=now - timedelta(seconds=90))
    Job.objects.create(
        kind="pay.compute", key="2", title="x", state="running", lease_until=now - timedelta(seconds=5), attempts=2
    )
    Job.objects.create(
        kind='odd"kind', key="3", title="x", state="done", started_at=now - timedelta(seconds=7), ended_at=now, attempts=1
    )
    found = lines(Client().get("/metrics"))
    assert found['zhanye_jobs{kind="pay.compute",state="queued"}'] == "1"
    assert 89 < float(found["zhanye_jobs_oldest_waiting_seconds"]) < 120
    assert found["zhanye_jobs_silent"] == "1"
    assert found['zhanye_jobs_taken_up_again_24h{kind="pay.compute"}'] == "1"
    assert found[r'zhanye_job_seconds_mean_24h{kind="odd\"kind"}'] == "7"


def test_metrics_watch_the_chain() -> None:
    record(by=None, act="x", subject=None, summary="一件事")
    seal_rows()
    record(by=None, act="x", subject=None, summary="又一件")
    found = lines(Client().get("/metrics"))
    assert (found["zhanye_audit_sealed"], found["zhanye_audit_unsealed"]) == ("1", "1")


def test_every_metric_is_explained_and_none_names_a_person() -> None:
    said = Client().get("/metrics").content.decode()
    named = {line.split("{")[0].split(" ")[0] for line in said.splitlines() if not line.startswith("#")}
    assert named <= set(monitoring.HELP)
    assert said.count("# TYPE") == len(named)


@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ({}, {}, 200),
        (STRANGER, {}, 404),
        (STRANGER, {"Authorization": "Bearer wrong"}, 404),
        (STRANGER, {"Authorization": "Bearer a-long-token"}, 200),
        ({}, {"X-Forwarded-For": "203.0.113.9"}, 404),  # through a proxy on the same machine
    ],
)
def test_metrics_are_for_the_machine_itself_or_a_token(
    settings: Any, client: dict[str, str], headers: dict[str, str], status: int
) -> None:
    settings.METRICS_TOKEN = "a-long-token"
    assert Client(**client).get("/metrics", headers=headers).status_code == status


def test_an_empty_token_opens_nothing(settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert Client(**STRANGER).get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
