"""A pay run of 200 people whose worker is killed with -9 at a random point: the child, its parent, the whole group, or frozen.

Nobody helps: the worker is started again as any service manager would, and the beat sweeps. The product's own lease (20 s),
heartbeat (5 s) and sweep (5 s) are left as they are.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from branch.jobs.models import Job
from branch.org.models import Branch
from config.celery import app
from payroll.runs.models import PayRun
from tests.faults import runs, station
from tests.faults.checks import Checks, wait_for
from tests.faults.worker import CHUNK, PACE
from tests.faults.worker import naive as naive_task

WITHIN = 60.0
KINDS = ("child", "group", "parent", "frozen", "child", "group")


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    kills = 6 if reduced else 50
    chance = random.Random(6)
    (folder / "pids").mkdir()
    broker = station.Redis(folder)
    env = {"BROKER_URL": broker.url, "FAULTS_DIR": str(folder)}
    os.environ |= env
    app.conf.broker_url = broker.url
    chosen = runs.branches(kills)
    digests = {branch.code: runs.undisturbed(branch) for branch in chosen}
    connection.close()
    beat, worker = station.beat(env, folder), station.worker(env, folder)
    try:
        Killer(checks, folder, worker, chance).go(chosen, digests)
        naive(checks, folder, worker)
    finally:
        station.quit_on_exit(worker, beat, broker)


class Killer:
    """Presses 计算 for one branch after the other and kills what computes it."""

    def __init__(self, checks: Checks, folder: Path, worker: station.Celery, chance: random.Random) -> None:
        self.checks, self.folder, self.worker, self.chance = checks, folder, worker, chance
        self.killed_at: dict[int, float] = {}
        self.frozen: list[int] = []
        self.points: list[str] = []

    def go(self, chosen: list[Branch], digests: dict[str, str]) -> None:
        begun: list[PayRun] = []
        for at, branch in enumerate(chosen):
            run = runs.press(branch)
            begun.append(run)
            self._kill(run, KINDS[at % len(KINDS)], begun)
        in_time = wait_for(lambda: runs.ended(begun), 180, every=0.5)
        for pid in self.frozen:  # they wake up long after others have done their work
            _signal(pid, signal.SIGCONT)
        time.sleep(3 if self.frozen else 0)
        wrong = [fault for run in begun for fault in runs.faults_of(run, digests[run.branch.code])]
        again = sum(run.job.attempts > 1 for run in begun if run.job)
        detail = f"{len(begun)} runs, killed at {', '.join(self.points[:6])}…; worker started {self.worker.starts} ×"
        self.checks.check(
            "killed worker: every run ends in the same rows, one notice, one log row", not wrong, "; ".join(wrong) or detail
        )
        took = [self._took(run) for run in begun]
        longest = max(took)
        self.checks.check(
            f"killed worker: finished without a hand within {WITHIN:.0f} s",
            in_time and longest <= WITHIN,
            f"longest {longest:.0f} s",
        )
        self.checks.check(
            "killed worker: kills fell into the middle of the work", again >= len(begun) // 3, f"{again} of {len(begun)}"
        )

    def _kill(self, run: PayRun, kind: str, begun: list[PayRun]) -> None:
        path = self.folder / "pids" / str(run.job_id)
        if not wait_for(path.exists, 60, every=0.02):
            raise RuntimeError(f"the worker did not take job {run.job_id}: {(self.folder / 'worker.log').read_text()[-2000:]}")
        target = self.chance.choice((-1, *range(0, runs.PEOPLE, CHUNK)))  # −1: while the inputs are still being read
        reached = Job.objects.filter(Q(done__gte=target) | ~Q(state__in=(Job.State.QUEUED, Job.State.RUNNING)), pk=run.job_id)
        wait_for(lambda: target < 0 or reached.filter(total__gt=0).exists(), 30, every=0.01)
        time.sleep(self.chance.uniform(0, PACE * 1.5))
        job = Job.objects.get(pk=run.job_id)
        self.points.append(f"{job.done}/{job.total or '?'} ({kind})")
        now, pid = time.time(), int(path.read_text())
        if kind == "group":
            self.worker.kill_group()
            still = Job.objects.filter(pk__in=[one.job_id for one in begun], state=Job.State.RUNNING)
            self.killed_at |= dict.fromkeys(still.values_list("pk", flat=True), now)
            for frozen in self.frozen:
                _signal(frozen, signal.SIGKILL)
        elif kind == "parent":  # the child is an orphan: it may go on, beside the worker that is started anew
            self.worker.kill_parent()
        elif kind == "frozen":
            _signal(pid, signal.SIGSTOP)
            self.frozen.append(pid)
        else:
            _signal(pid, signal.SIGKILL)
        self.killed_at[run.job_id or 0] = now

    def _took(self, run: PayRun) -> float:
        job = Job.objects.get(pk=run.job_id)
        end = job.ended_at or timezone.now() + timedelta(days=1)
        return end.timestamp() - self.killed_at[job.pk]


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def naive(checks: Checks, folder: Path, worker: station.Celery) -> None:
    """Negative control: the same work on the queue's promises alone, killed once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_naive (label text, person int)")
    naive_task.delay("killed", runs.PEOPLE)
    path = folder / "pids" / "naive-killed"
    wait_for(path.exists, 60, every=0.02)
    time.sleep(0.6)
    first = int(path.read_text())
    _signal(first, signal.SIGKILL)

    def rows() -> tuple[int, int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*), count(DISTINCT person) FROM fault_naive")
            count, people = cursor.fetchone()
            return int(count), int(people)

    wait_for(lambda: rows()[0] > runs.PEOPLE, 20)
    count, people = rows()
    checks.control(
        "control: the queue's redelivery alone, without lease and hold, leaves double rows or never ends",
        count > people or people < runs.PEOPLE,
        f"{count} rows for {people} people",
    )
