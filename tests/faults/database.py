"""PostgreSQL stopped hard while people write and a worker computes. It comes back; nobody restarts the application.

The web is the product's own (gunicorn), asked over HTTP; a write counts as acknowledged when its answer came. What got no answer
is sent again with the same token. A PostgreSQL of our own (`cluster`) is stopped with `pg_ctl -m immediate`.
"""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import threading
import time
import uuid
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from branch.audit.models import AuditRow
from branch.calendar.models import SpecialDay
from branch.jobs.models import Job
from branch.once.models import OnceToken
from branch.people.models import Person
from branch.people.signing_in import VERIFIED
from config.celery import app
from tests.faults import runs, station
from tests.faults.checks import Checks, wait_for
from tests.faults.cluster import Cluster

WRITERS, WITHIN = 4, 60.0
SECRET = "f" * 32
FIRST_DAY = date(2030, 1, 1)


class Web:
    """The product's web processes; never started again by anybody."""

    def __init__(self, folder: Path) -> None:
        self.port = station.free_port()
        command = [sys.executable, "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "2", "--threads", "4", "--timeout", "120", "--no-control-socket"]
        with (folder / "web.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        if not wait_for(lambda: self.get("/healthz") == 200, 60):
            raise RuntimeError("the web did not come up")

    def get(self, path: str) -> int:
        try:
            return self.ask("GET", path)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def ask(self, method: str, path: str, body: str = "", cookie: str = "") -> tuple[int, str]:
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": cookie, "X-CSRFToken": SECRET, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            asking.request(method, path, body, headers)
            answer = asking.getresponse()
            answer.read()
            return answer.status, answer.headers.get("Location", "")
        finally:
            asking.close()

    @property
    def starts(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, 9)
            self._process.wait()


class Writers:
    """People who mark one day of the calendar after the other; each day is another write."""

    def __init__(self, web: Web) -> None:
        self.web, self.acknowledged, self.lock = web, dict[str, str](), threading.Lock()
        self.sent, self.failed, self.again, self.odd = 0, 0, 0, list[str]()
        self._stop = threading.Event()
        cookie = f"{settings.SESSION_COOKIE_NAME}={_session()}; {settings.CSRF_COOKIE_NAME}={SECRET}"
        self._threads = [threading.Thread(target=self._write, args=(at, cookie), daemon=True) for at in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    def _write(self, writer: int, cookie: str) -> None:
        number = writer
        while not self._stop.is_set():
            day = FIRST_DAY + timedelta(number)
            number += WRITERS
            given = {"day": day.isoformat(), "kind": "market_closure", "name": f"第{number}天", "reason": "交易所通知"}
            body = urlencode({**given, "once": uuid.uuid4().hex})
            while not self._stop.is_set() and not self._sent(body, day, cookie):
                time.sleep(0.2)

    def _sent(self, body: str, day: date, cookie: str) -> bool:
        """Whether it was acknowledged."""
        try:
            status, place = self.web.ask("POST", "/calendar/edit/", body, cookie)
        except (OSError, http.client.HTTPException) as error:
            status, place = 0, type(error).__name__
        with self.lock:
            self.sent += 1
            if (status, place) == (302, f"/calendar/{day.year}/"):
                self.acknowledged[day.isoformat()] = place
                return True
            self.failed += 1
            if status not in (0, 500, 503):
                self.odd.append(f"{day}: {status} {place}")
        return False

    def acknowledge_more(self, within: float) -> float | None:
        """Seconds until somebody is answered again; None when nobody was in time."""
        begun, before = time.monotonic(), len(self.acknowledged)
        return time.monotonic() - begun if wait_for(lambda: len(self.acknowledged) > before + WRITERS, within, 0.05) else None

    def end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(70)


def _session() -> str:
    """The session of a signed-in administrator, who may change the calendar."""
    user = Person.objects.get(staff_no="100009").user
    assert user is not None
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY], session[VERIFIED] = user.get_session_auth_hash(), True
    session.save()
    return str(session.session_key)


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    stops, chance = (2 if reduced else 10), random.Random(5)
    cluster = Cluster.at(os.environ["FAULTS_CLUSTER"])
    (folder / "pids").mkdir()
    broker = station.Redis(folder)
    env = {"BROKER_URL": broker.url, "FAULTS_DIR": str(folder)}
    os.environ |= env
    app.conf.broker_url = broker.url
    chosen = runs.branches(stops)
    digests = {branch.code: runs.undisturbed(branch) for branch in chosen}
    web = Web(folder)
    beat, worker = station.beat(env, folder), station.worker(env, folder)
    wait_for((folder / "worker-ready").exists, 60)
    writers = Writers(web)
    begun, back, stuck = [], list[float](), list[str]()
    held = psycopg.connect(cluster.url, autocommit=True)
    try:
        for branch in chosen:
            computing = runs.press(branch)
            begun.append(computing)
            wait_for(lambda job=computing.job_id: Job.objects.filter(pk=job, done__gt=0).exists(), 60, 0.05)
            time.sleep(chance.uniform(0, 0.8))
            connection.close()
            cluster.stop_hard()
            time.sleep(chance.uniform(0.3, 1.5))
            cluster.start()
            cluster.wait()
            again = writers.acknowledge_more(30)
            back.append(again or 0.0)
            stuck += [] if again is not None else [f"after stop {len(begun)} nobody was answered for 30 s"]
        starts = worker.starts
        in_time = wait_for(lambda: runs.ended(begun), WITHIN, every=0.5)
        writers.end()
        said = f"{stops} stops, {len(writers.acknowledged)} writes acknowledged, {writers.failed} unanswered and sent again"
        _judge(checks, writers, said)
        checks.check(
            "database stopped hard: the web answers again by itself, same processes",
            not stuck and web.starts,
            "; ".join(stuck) or f"longest {max(back):.1f} s; answers while away were 500 or none, {len(writers.odd)} odd",
        )
        checks.equal("database stopped hard: no answer but 302, 500 or none", writers.odd[:3], [])
        wrong = [fault for one in begun for fault in runs.faults_of(one, digests[one.branch.code])]
        more = f"{len(begun)} runs, all within {WITHIN:.0f} s of the last stop; worker started {starts} ×"
        checks.check(
            "database stopped hard: every run ends in the same rows once", in_time and not wrong, "; ".join(wrong) or more
        )
        _control(checks, cluster, held)
    finally:
        writers.end()
        web.end()
        station.quit_on_exit(worker, beat, broker)


def _judge(checks: Checks, writers: Writers, said: str) -> None:
    there = {day.isoformat() for day in SpecialDay.objects.filter(day__gte=FIRST_DAY).values_list("day", flat=True)}
    logged = list(AuditRow.objects.filter(act="calendar.set_day").values_list("subject_id", flat=True))
    tokens = OnceToken.objects.filter(path="/calendar/edit/").count()
    lost = sorted(set(writers.acknowledged) - there)
    checks.check(
        "database stopped hard: 0 acknowledged writes lost",
        not lost and len(writers.acknowledged) > 20,
        f"{len(lost)} lost; {said}",
    )
    partial = [day for day in there if logged.count(day) != 1] + [day for day in logged if day not in there]
    checks.check(
        "database stopped hard: 0 partial: every write with its one log row and its token",
        not partial and tokens == len(there),
        f"{len(partial)} partial; {len(there)} days, {len(logged)} log rows, {tokens} tokens",
    )
    checks.check("database stopped hard: the fault was met", writers.failed > 0, f"{writers.failed} unanswered")


def _control(checks: Checks, cluster: Cluster, held: psycopg.Connection) -> None:
    """A server that answers before it has written, and a connection that is held without looking whether it lives."""
    with psycopg.connect(cluster.url, autocommit=True) as control:
        control.execute("CREATE TABLE fault_hasty (number int)")
        control.execute("ALTER SYSTEM SET synchronous_commit = off")
        control.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        control.execute("SELECT pg_reload_conf()")
    answered = 0
    with psycopg.connect(cluster.url, autocommit=True) as hasty:
        hasty.execute("SET synchronous_commit = off")
        for number in range(300):
            hasty.execute("INSERT INTO fault_hasty VALUES (%s)", [number])
            answered += 1
        cluster.stop_hard()
    cluster.start()
    cluster.wait()
    with psycopg.connect(cluster.url, autocommit=True) as after:
        row = after.execute("SELECT count(*) FROM fault_hasty").fetchone()
    kept = int(row[0]) if row else 0
    checks.control(
        "control: answers given before the log is written are lost", kept < answered, f"{answered - kept} of {answered} lost"
    )
    try:
        held.execute("SELECT 1")
        failed = ""
    except psycopg.OperationalError as error:
        failed = type(error).__name__
    checks.control("control: a connection held without a look fails", bool(failed), failed or "it answered")
