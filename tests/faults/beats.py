"""Two beats at once, and work asked for in a transaction that is taken back.

Somebody starts a second beat on another machine: every periodic task comes twice. Each does its work once all the same.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from bench import worlds
from branch.audit.actions import record, seal_rows
from branch.audit.models import AuditHead, AuditRow
from branch.jobs.models import Job
from branch.jobs.tasks import prepare_month
from branch.notices.models import Notice
from branch.once.models import OnceToken
from config.celery import app
from payroll.runs.models import PayRun
from tests.faults import runs, station
from tests.faults.checks import Checks, at_once, replaced, wait_for

ROWS, WRITERS = 200, 4
SWEEP, SEAL, PREPARE, TOKENS = (
    "branch.jobs.tasks.sweep",
    "branch.audit.tasks.seal",
    "branch.jobs.tasks.prepare_month",
    "branch.once.tasks.tidy",
)


class _Back(Exception):
    """Taken back on purpose."""


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    rounds = 10 if reduced else 50
    (folder / "pids").mkdir()
    broker = station.Redis(folder)
    env = {"BROKER_URL": broker.url, "FAULTS_DIR": str(folder), "FAULTS_HURRY": "3"}
    os.environ |= env
    app.conf.broker_url = broker.url
    _taken_back(checks, broker, rounds)
    _together(checks, rounds)
    told = _reminders().count()
    _reminders().delete()  # so that what is there later was told by the beats
    branch = runs.branches(1)[0]
    digest = runs.undisturbed(branch)
    connection.close()
    for at in (1, 2):
        (folder / f"machine{at}").mkdir()
    beats = [station.beat(env, folder / f"machine{at}") for at in (1, 2)]
    worker = station.worker(env, folder)
    try:
        _two_beats(checks, branch, digest, folder, told)
    finally:
        station.quit_on_exit(worker, *beats, broker)
    _controls(checks)


def _taken_back(checks: Checks, broker: station.Redis, rounds: int) -> None:
    """`enqueue` in a transaction that rolls back: no row, and no message either."""
    branch, jobs = runs.branches(1)[0], Job.objects.count()
    for _ in range(rounds):
        try:
            with transaction.atomic():
                runs.press(branch)
                raise _Back
        except _Back:
            pass
    waiting = broker.client.llen("celery") + broker.client.llen("bulk")
    counts = (Job.objects.count() - jobs, waiting, PayRun.objects.filter(branch=branch).count())
    checks.equal(
        "rolled back: no job, no message, no run",
        counts,
        (0, 0, 0),
        f"{rounds} × rolled back: {counts[0]} jobs, {counts[1]} messages",
    )
    with replaced(transaction, on_commit=lambda act, **_: act()), suppress(_Back), transaction.atomic():
        runs.press(branch)
        raise _Back
    sent, left = broker.client.llen("celery"), Job.objects.count() - jobs
    checks.control(
        "control, without waiting for the commit: work asked for and taken back",
        sent == 1 and not left,
        f"{sent} message for {left} jobs",
    )
    broker.client.flushall()


def _together(checks: Checks, rounds: int) -> None:
    """The bodies of the periodic tasks, four at the same moment."""
    wrong = list[str]()
    for number in range(rounds):
        stop = threading.Event()
        writer = threading.Thread(target=_write, args=(number, stop))
        writer.start()
        words = at_once(*[seal_rows] * WRITERS)
        stop.set()
        writer.join()
        words += at_once(*[prepare_month] * WRITERS)
        wrong += [word for word in words if word != "done"]
    seal_rows()
    unsealed = AuditRow.objects.filter(sequence=None).count()
    checks.check(
        "sealers at once: nothing broken, nothing left unsealed",
        not wrong and not unsealed,
        "; ".join(wrong[:2]) or f"{rounds} × {WRITERS}",
    )
    checks.check("sealers at once: the chain holds", _holds(), f"{AuditRow.objects.count()} rows")


def _write(number: int, stop: threading.Event) -> None:
    try:
        for at in range(20):
            if stop.is_set():
                return
            record(by=None, act="faults.write", subject=None, summary=f"{number}-{at}")
    finally:
        connection.close()


def _holds() -> bool:
    try:
        call_command("verify_audit", stdout=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    except SystemExit as end:
        return not end.code
    return True


def _reminders() -> QuerySet[Notice]:
    return Notice.objects.filter(key__endswith=":prepare")


def _came(folder: Path, task: str) -> list[str]:
    """Who sent the task, each time it came to the worker."""
    lines = (folder / "came").read_text().splitlines() if (folder / "came").exists() else []
    return [line.split()[1] for line in lines if line.startswith(f"{task} ")]


def _two_beats(checks: Checks, branch: worlds.Branch, digest: str, folder: Path, told_before: int) -> None:
    """Real beats, a real worker: a dropped job is taken up once, the month's reminder told once, old tokens forgotten."""
    long_ago = timezone.now() - timedelta(settings.ONCE_KEEP_DAYS + 1)
    old = OnceToken.objects.create(person_id=1, token="x" * 8, path="/", body_digest="", at=long_ago)
    computing = runs.press(branch)
    app.control.purge()  # the message is lost; only the sweepers can bring the job back
    for at in range(ROWS):
        record(by=None, act="faults.row", subject=None, summary=f"{date.today()} {at}")
    done = wait_for(lambda: runs.ended([computing]), 90, every=0.5)
    tasks = (SWEEP, SEAL, PREPARE, TOKENS)
    both = wait_for(lambda: all(len(set(_came(folder, task))) == 2 for task in tasks), 60, every=0.5)
    wait_for(lambda: not AuditRow.objects.filter(sequence=None).exclude(act__startswith="run").exists(), 30, every=0.5)
    said = ", ".join(f"{task.split('.')[-1]} {len(_came(folder, task))} × from {len(set(_came(folder, task)))}" for task in tasks)
    checks.check("two beats: every task came from both", both, said)
    wrong = runs.faults_of(computing, digest)
    checks.check(
        "two beats: a dropped job is done once",
        done and not wrong,
        "; ".join(wrong) or f"attempts {computing.job.attempts if computing.job else '?'}",
    )
    told, different = _reminders().count(), _reminders().values("person", "key").distinct().count()
    checks.check(
        "two beats: each reminder is told, and once",
        told == different == told_before > 0,
        f"{told} reminders of {told_before}, {told - different} double",
    )
    checks.check("two beats: old tokens are forgotten", not OnceToken.objects.filter(pk=old.pk).exists())
    checks.check("two beats: the chain holds", _holds(), f"{AuditRow.objects.exclude(sequence=None).count()} sealed rows")


def _controls(checks: Checks) -> None:
    """The same tasks at once without what holds them apart. Last, for they leave a broken log and double notices."""
    logging.disable(logging.CRITICAL)
    _reminders().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {Notice._meta.db_table} DROP CONSTRAINT notice_once")
    at_once(*[prepare_month] * WRITERS)
    told, different = _reminders().count(), _reminders().values("person", "key").distinct().count()
    checks.control(
        "control, without the notice's unique key: reminders", told > different, f"{told} reminders, {told - different} double"
    )
    for at in range(ROWS):
        record(by=None, act="faults.row", subject=None, summary=str(at))
    with replaced(AuditHead.objects, select_for_update=AuditHead.objects.all):
        words = at_once(*[seal_rows] * WRITERS)
    wrong = [word for word in words if word != "done"]
    holds = _holds()
    checks.control(
        "control, without the head's lock: sealers at once",
        bool(wrong) or not holds,
        f"chain {'holds' if holds else 'broken'}; {wrong[0][:120] if wrong else ''}",
    )
    logging.disable(logging.NOTSET)
