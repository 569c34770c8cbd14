"""Redis lost with jobs queued: it is killed with everything it held and comes back empty. The rows remember."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db import connection

from config.celery import app
from tests.faults import runs, station
from tests.faults.checks import Checks, wait_for

WITHIN = 60.0


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    (folder / "pids").mkdir()
    broker = station.Redis(folder)
    env = {"BROKER_URL": broker.url, "FAULTS_DIR": str(folder)}
    app.conf.broker_url = broker.url
    os.environ |= env
    chosen = runs.branches(4 if reduced else 7)
    digests = {branch.code: runs.undisturbed(branch) for branch in chosen}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_naive (label text, person int)")
    queued = [runs.press(branch) for branch in chosen[:-1]]
    app.send_task("faults.naive", args=["lost", 5])
    waiting = broker.client.llen("celery")
    broker.kill()
    while_away = runs.press(chosen[-1])
    broker.start()
    empty = broker.client.dbsize()
    checks.check(
        "lost broker: the messages were there and are gone",
        waiting == len(queued) + 1 and empty == 0,
        f"{waiting} before, {empty} after",
    )
    connection.close()
    beat, worker = station.beat(env, folder), station.worker(env, folder)
    everything = [*queued, while_away]
    try:
        up = [folder / "worker-ready", folder / "beat-ready"]
        wait_for(lambda: all(path.exists() for path in up), 120)
        begun = time.monotonic()
        wait_for(lambda: runs.ended(everything), 180, every=0.5)
        took = time.monotonic() - begun
        wrong = [fault for run in everything for fault in runs.faults_of(run, digests[run.branch.code])]
        said = f"{len(queued)} queued before, 1 pressed while it was away; all swept up"
        checks.check(
            f"lost broker: all runs finish without a hand within {WITHIN:.0f} s", took <= WITHIN, f"{took:.0f} s; {said}"
        )
        checks.check("lost broker: same rows, one notice, one log row each", not wrong, "; ".join(wrong) or said)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM fault_naive")
            done = cursor.fetchone()[0]
        checks.control("control: a message without a row is lost for good", done == 0, f"{done} of 5 rows")
    finally:
        station.quit_on_exit(worker, beat, broker)
