"""An import whose process is killed with -9 while it books: all of the file or none, and a repeat brings the same rows."""

from __future__ import annotations

import functools
import hashlib
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from bench import worlds
from bench.data import Maker
from clients.imports import actions
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.sheets import Upload
from clients.registry.models import Client, ConfirmationSlip
from tests.faults.checks import Checks, wait_for

CLIENTS, PEOPLE = 3000, 20
TABLES = (
    *("clients_importproblem", "clients_importfile", "clients_importbatch", "clients_clientmonth", "clients_stagedrow"),
    *("clients_relation", "clients_confirmationslip", "clients_client", "branch_serialcounter"),
)


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    kills = 6 if reduced else 30
    world = worlds.branch_with(PEOPLE)
    path = folder / f"客户月度业务明细_{worlds.FIRST}.csv"
    path.write_bytes(Maker(CLIENTS, PEOPLE).csv(worlds.FIRST))
    took, (whole, digest) = _import(path), _digest()
    checks.equal("killed import: undisturbed, every row is booked", whole, (CLIENTS, CLIENTS, CLIENTS))
    _empty()
    took = min(took, _import(path))  # the first one takes longer, and most kills would come when all is over
    chance, partial, different, halves, done = random.Random(7), [], [], 0, 0
    for number in range(kills):  # one in each part of the time it takes, so that some hit it however fast it is
        _empty()
        after = took * 1.05 * (number + chance.random()) / kills
        _import(path, until=functools.partial(time.sleep, after))
        counts, _ = _digest()
        booked = ImportBatch.objects.filter(state="booked").count()
        if counts not in ((0, 0, 0), (CLIENTS,) * 3) or booked != (counts[0] == CLIENTS):
            partial.append(f"{counts}, {booked} booked")
        halves, done = halves + (counts[0] == 0), done + (counts[0] == CLIENTS)
        if counts[0] == 0:
            actions.import_files(files=[Upload.of(path.name, path.read_bytes())], branch=world.branch, by=world.importer)
        if _digest() != (whole, digest):
            different.append(str(_digest()))
    said = f"{kills} kills: {halves} left nothing, {done} were already over"
    checks.check("killed import: all or nothing", not partial and halves, "; ".join(partial) or said)
    checks.check("killed import: the repeat brings the same rows and serials", not different, "; ".join(different[:2]) or said)
    _control(checks, path)


def _import(path: Path, *, until: Callable[[], object] | None = None, way: str = "confirm") -> float:
    """In a process of its own, as a worker or command does; returns the seconds from the beginning of 确认 to the end, which
    is a kill as soon as `until` returns."""
    command = [sys.executable, "-m", "tests.faults.import_child", str(path), way]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    while (line := child.stdout.readline().strip()) != "checked":
        if not line and child.poll() is not None:
            raise RuntimeError("the import did not get as far as its confirmation")
    child.stdin.write("go\n")
    child.stdin.flush()
    begun = time.monotonic()
    if until is None:
        said, took = child.stdout.readline().strip(), time.monotonic() - begun
        if said != "done" or child.wait() != 0:
            raise RuntimeError("the undisturbed import did not end well")
        return took
    until()
    child.kill()
    child.wait()
    if not wait_for(_alone, 30):
        raise RuntimeError("the server still works for the killed process")
    return time.monotonic() - begun


def _digest() -> tuple[tuple[int, ...], str]:
    """How many clients, rows and slips there are, and a hash over all that they say."""
    rows: list[Any] = [*Client.objects.order_by("client_no").values_list("client_no", "name", "fund_account", "opened_on")]
    values = ("client__client_no", "manager__staff_no", "net_commission", "closing_assets", "assets_in", "exception")
    rows += ClientMonth.objects.order_by("client__client_no").values_list(*values)
    rows += ConfirmationSlip.objects.order_by("serial").values_list("serial", "client__client_no", "manager__staff_no", "state")
    counts = (Client.objects.count(), ClientMonth.objects.count(), ConfirmationSlip.objects.count())
    return counts, hashlib.sha256(repr(rows).encode()).hexdigest()


def _alone() -> bool:
    """Whether the server has noticed that the process is gone: until then its last statement may still end, either way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return not cursor.fetchone()[0]


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")


def _control(checks: Checks, path: Path) -> None:
    """Row by row, each committed by itself: what a kill leaves then."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE fault_import (client_no text)")
    _import(path, until=lambda: wait_for(_naive_rows, 30, every=0.01), way="naive")
    count = _naive_rows()
    checks.control("control: rows committed one by one are half there", 0 < count < CLIENTS, f"{count} of {CLIENTS} rows")


def _naive_rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM fault_import")
        return int(cursor.fetchone()[0])
