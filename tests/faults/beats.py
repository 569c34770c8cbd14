"""Two beats at once, and work asked for in a transaction that is taken back.

Somebody starts a second beat on another machine: every periodic task comes twice. Each does its work once all the same.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bench import worlds
from branch.audit.actions import record, seal_rows
from branch.audit.models import AuditRow
from branch.jobs.models import Job
from branch.jobs.tasks import prepare_month
from branch.notices.models import Notice
from branch.once.models import OnceToken
from config.celery import app
from payroll.runs.models import PayRun
from tests.faults import runs, station
from tests.faults.checks import Checks, at_once, wait_for

ROWS, WRITERS = 200, 4


class _Back(Exception):
    """Taken back on purpose."""


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    rounds = 10 if reduced else 50
    (folder / "pids").mkdir()
    broker = station.Redis(folder)
    env = {"BROKER_URL": broker.url, "FAULTS_DIR": str(folder)}
    os.environ |= env
    app.conf.broker_url = broker.url
    _taken_back(checks, broker, rounds)
    _together(checks, rounds)
    branch = runs.branches(1)[0]
    digest = runs.undisturbed(branch)
    connection.close()
    for at in (1, 2):
        (folder / f"machine{at}").mkdir()
    beats = [station.beat(env, folder / f"machine{at}") for at in (1, 2)]
    worker = station.worker(env, folder)
    try:
        _two_beats(checks, branch, digest)
    finally:
        station.quit_on_exit(worker, *beats, broker)


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
    try:
        with transaction.atomic():
            app.send_task("branch.jobs.tasks.run_job", args=[0])
            raise _Back
    except _Back:
        pass
    sent = broker.client.llen("celery")
    checks.control("control: a message sent inside the transaction is out", sent == 1, f"{sent} message")
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
    _naive_sealers(checks)


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


def _naive_sealers(checks: Checks) -> None:
    """The highest number and one, without the head's row: what several sealers make of it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_chain (number int)")

    def seal() -> None:
        with connection.cursor() as cursor:
            for _ in range(5):
                cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM fault_chain")
                number = cursor.fetchone()[0]
                time.sleep(0.002)
                cursor.execute("INSERT INTO fault_chain VALUES (%s)", [number])

    at_once(*[seal] * WRITERS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) - count(DISTINCT number) FROM fault_chain")
        doubles = cursor.fetchone()[0]
    checks.control("control: sealers without the head's lock give numbers twice", doubles > 0, f"{doubles} doubles")


def _two_beats(checks: Checks, branch: worlds.Branch, digest: str) -> None:
    """Real beats, a real worker: a dropped job is taken up once, the month's reminder told once, old tokens forgotten."""
    OnceToken.objects.create(
        person_id=1, token="x" * 8, path="/", body_digest="", at=timezone.now() - timedelta(settings.ONCE_KEEP_DAYS + 1)
    )
    computing = runs.press(branch)
    app.control.purge()  # the message is lost; only the sweepers can bring the job back
    for at in range(ROWS):
        record(by=None, act="faults.row", subject=None, summary=f"{date.today()} {at}")
    done = wait_for(lambda: runs.ended([computing]), 90, every=0.5)
    wait_for(lambda: not AuditRow.objects.filter(sequence=None).exclude(act__startswith="run").exists(), 30, every=0.5)
    wrong = runs.faults_of(computing, digest)
    checks.check(
        "two beats: a dropped job is done once",
        done and not wrong,
        "; ".join(wrong) or f"attempts {computing.job.attempts if computing.job else '?'}",
    )
    reminders = Notice.objects.filter(key__endswith=":prepare").values("person", "key")
    told, different = reminders.count(), reminders.distinct().count()
    checks.check("two beats: no reminder is told twice", told == different > 0, f"{told} reminders, {told - different} double")
    checks.check("two beats: the chain holds", _holds(), f"{AuditRow.objects.exclude(sequence=None).count()} sealed rows")
