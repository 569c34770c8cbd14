"""The product's Celery application, slowed down so that a kill can fall in the middle, and naive tasks to compare with.

`FAULTS_DIR/pids/<job>` says which process works on which job, `FAULTS_DIR/came` which task came from whom.
"""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from typing import Any

from celery.signals import beat_init, task_prerun, worker_process_init, worker_ready

from config.celery import app

FOLDER = Path(os.environ.get("FAULTS_DIR", "/nonexistent"))
CHUNK, PACE = 20, 0.12
HURRIED = ("prepare-month", "tidy-tokens")  # hourly ones, which `beats` can't wait for
if os.environ.get("FAULTS_HURRY"):
    for name in HURRIED:
        app.conf.beat_schedule[name]["schedule"] = float(os.environ["FAULTS_HURRY"])


@worker_process_init.connect
def slow_down(**_: Any) -> None:
    """Chunks of 20 people, a pause inside each one's transaction and another after it."""
    from payroll.runs import computing

    computing.chunks = partial(computing.chunks, size=CHUNK)
    slip_of = computing.slip_of

    def slowly(*given: Any) -> Any:
        time.sleep(PACE / CHUNK)
        return slip_of(*given)

    computing.slip_of = slowly


@worker_ready.connect
def tell_ready(**_: Any) -> None:
    (FOLDER / "worker-ready").touch()


@beat_init.connect
def tell_beat(**_: Any) -> None:
    (FOLDER / "beat-ready").touch()


@task_prerun.connect
def tell_pid(task: Any = None, args: Any = None, **_: Any) -> None:
    if task is None:
        return
    if task.name.endswith("run_job"):
        (FOLDER / "pids" / str(args[0])).write_text(str(os.getpid()))
    with (FOLDER / "came").open("a") as file:  # which process sent it: two beats are told apart by that
        file.write(f"{task.name} {task.request.origin}\n")


@app.task(name="faults.naive", acks_late=True, reject_on_worker_lost=True)
def naive(label: str, people: int) -> None:
    """What a queue alone gives: no row, no lease; a message that comes twice is worked twice."""
    from django.db import connection

    (FOLDER / "pids" / f"naive-{label}").write_text(str(os.getpid()))
    with connection.cursor() as cursor:
        for person in range(people):
            cursor.execute("INSERT INTO fault_naive (label, person) VALUES (%s, %s)", [label, person])
            time.sleep(PACE / CHUNK)


__all__ = ["app"]
