"""The embedded default: 200 people write at once into one SQLite file, and nobody is told that it is locked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from django.db import connection, transaction

from branch.audit.actions import record
from branch.audit.models import AuditRow
from branch.serials.actions import draw
from tests.faults.checks import Checks, at_once

WRITES = 200


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    checks.equal("SQLite: write-ahead log", mode, "wal")
    connection.close()
    numbers: list[int] = []

    def write(at: int) -> None:
        """What every action does: take a number, leave a row in the log, in one transaction."""
        with transaction.atomic():
            number = draw("faults", period="2026")[0]
            record(by=None, act="faults.write", subject=None, summary=f"第 {at} 次写入", number=number)
        numbers.append(number)

    words = at_once(*(lambda at=at: write(at) for at in range(WRITES)))
    broken = [word for word in words if word != "done"]
    checks.check(f"SQLite: {WRITES} concurrent writes, 0 errors", not broken, broken[0] if broken else f"{WRITES} connections")
    whole = sorted(numbers) == list(range(1, WRITES + 1)) and AuditRow.objects.filter(act="faults.write").count() == WRITES
    checks.check("SQLite: every write is there once, numbered without gap", whole, f"{len(set(numbers))} numbers")
    _control(checks, folder)


def _control(checks: Checks, folder: Path) -> None:
    """The same without the product's settings: reads first, writes later, and waits for nobody."""
    path = folder / "naive.sqlite3"
    with sqlite3.connect(path) as naive:
        naive.execute("CREATE TABLE counter (last int)")
        naive.execute("INSERT INTO counter VALUES (0)")

    def write() -> None:
        own = sqlite3.connect(path, timeout=0.05, isolation_level=None)
        try:
            own.execute("BEGIN")
            last = own.execute("SELECT last FROM counter").fetchone()[0]
            own.execute("UPDATE counter SET last = ?", [last + 1])
            own.execute("COMMIT")
        finally:
            own.close()

    words = at_once(*(write for _ in range(WRITES)))
    broken = [word for word in words if word != "done"]
    checks.control(
        "control: deferred transactions without waiting fail",
        bool(broken),
        f"{len(broken)} of {WRITES}: {broken[0] if broken else ''}",
    )
