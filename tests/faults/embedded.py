"""The embedded default: 200 people write at once into one SQLite file, and nobody is told that it is locked."""

from __future__ import annotations

from pathlib import Path

from django.db import connection, connections, transaction

from branch.audit.actions import record
from branch.audit.models import AuditRow
from branch.serials.actions import draw
from tests.faults.checks import Checks, at_once

WRITES = 200


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    checks.equal("SQLite: write-ahead log", mode, "wal")
    words, numbers = _race("2026")
    broken = [word for word in words if word != "done"]
    checks.check(f"SQLite: {WRITES} concurrent writes, 0 errors", not broken, broken[0] if broken else f"{WRITES} connections")
    whole = sorted(numbers) == list(range(1, WRITES + 1)) and AuditRow.objects.filter(act="faults.write").count() == WRITES
    checks.check("SQLite: every write is there once, numbered without gap", whole, f"{len(set(numbers))} numbers")
    _control(checks)


def _race(period: str) -> tuple[list[str], list[int]]:
    """What every action does, by so many at once: look, take a number, leave a row in the log, in one transaction."""
    connection.close()
    numbers: list[int] = []

    def write(at: int) -> None:
        with transaction.atomic():
            AuditRow.objects.filter(act="faults.none").exists()
            number = draw("faults", period=period)[0]
            record(by=None, act="faults.write", subject=None, summary=f"第 {at} 次写入", number=number)
        numbers.append(number)

    return at_once(*(lambda at=at: write(at) for at in range(WRITES))), numbers


def _control(checks: Checks) -> None:
    """The same without the product's IMMEDIATE: who looked first and writes then finds that another has written since."""
    options = connections.settings["default"]["OPTIONS"]
    connections.settings["default"]["OPTIONS"] = {name: value for name, value in options.items() if name != "transaction_mode"}
    words, _ = _race("2027")
    connections.settings["default"]["OPTIONS"] = options
    broken = [word for word in words if word != "done"]
    checks.control(
        "control, without IMMEDIATE: concurrent writes",
        bool(broken),
        f"{len(broken)} of {WRITES}: {broken[0] if broken else ''}",
    )
