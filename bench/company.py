"""The company's close end to end: every branch's CSV through import, relations, figures, pay, to the slips, by the public verbs.

One process does branch after branch, as one worker would. The files are written before the clock starts.
"""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection

from bench import pay, worlds
from bench.data import SEED, Maker
from bench.goals import row
from bench.measure import Clock, Row, counted, seconds
from clients.figures.actions import lock
from clients.imports.actions import import_files
from clients.imports.models import ClientMonth
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from clients.registry.models import Relation
from payroll.runs.models import PaySlip

NEEDS_DATABASE = True
MANAGERS = 30


@dataclass
class Close:
    """What a close of so many branches took: seconds of processor by step (this process and its session), of wall, statements."""

    branches: int
    rows: int
    took: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall: float = 0
    statements: int = 0

    @property
    def whole(self) -> float:
        return sum(self.took.values())

    @property
    def a_million(self) -> float:
        """Seconds of processor for 1,000,000 rows at this cost of a row."""
        return self.whole * 1_000_000 / self.rows

    def said(self) -> str:
        return ", ".join(f"{name} {seconds(value)}" for name, value in self.took.items())


def prepare(code: str, first_staff_no: int, clients: int, folder: Path) -> tuple[worlds.World, Path]:
    """A branch with its people, scheme, opening balances and inputs, and its CRM file on disk."""
    world = worlds.branch_with(MANAGERS, code=code, first_staff_no=first_staff_no)
    worlds.scheme_and_opening(world)
    worlds.inputs_ready(world, worlds.FIRST, random.Random(SEED))
    path = folder / f"{code}.csv"
    path.write_bytes(Maker(clients, MANAGERS, code, first_staff_no=first_staff_no).csv(worlds.FIRST))
    return world, path


def close_branch(world: worlds.World, path: Path, close: Close, clock: Clock) -> None:
    """One branch's month, as the persons whose work it is."""
    month = worlds.FIRST

    def step(name: str, work: Callable[[], object]) -> None:
        wall, spent = clock.now()
        work()
        close.wall += clock.now()[0] - wall
        close.took[name] += clock.now()[1] - spent

    def take_in() -> None:
        upload = Upload.of(path.name, path.read_bytes())
        (report,) = import_files(files=[upload], branch=world.branch, by=world.importer)
        assert (report.rows > 0, report.refused) == (True, 0), report

    step("import", take_in)
    step("relations", lambda: confirm_relations(branch=world.branch, month=month, by=world.importer))
    step("figures", lambda: lock(branch=world.branch, month=month, by=world.finance))
    step("pay", lambda: pay.ours(pay.begin(world)))


def close_company(prefix: str, branches: int, clients: int, first_staff_no: int) -> Close:
    """So many branches, one after the other."""
    close = Close(branches, branches * clients)
    with tempfile.TemporaryDirectory() as folder:
        ready = [prepare(f"{prefix}{at:04d}", first_staff_no + at * MANAGERS, clients, Path(folder)) for at in range(branches)]
        clock = Clock(connection)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with counted(connection) as counter:
            for world, path in ready:
                close_branch(world, path, close, clock)
        close.statements = counter.statements // branches
    return close


def missing(close: Close) -> int:
    """Rows, relations and slips that a close of this size should have left and hasn't."""
    wanted = (close.rows, close.rows, close.branches * MANAGERS)
    there = (ClientMonth.objects.count(), Relation.objects.count(), PaySlip.objects.count())
    return sum(abs(a - b) for a, b in zip(wanted, there, strict=True))


def run(reduced: bool) -> list[Row]:
    branches, clients = (10, 3_000) if reduced else (300, 3_334)
    worlds.ground()
    close_company("W", 1, clients, 800_001)  # the first one pays for what is loaded once
    small = close_company("S", max(2, branches // 10), clients, 810_001)
    large = close_company("L", branches, clients, 830_001)
    gone = missing(Close(1 + small.branches + large.branches, clients + small.rows + large.rows))
    size = f"{large.branches} branches, {large.rows:,} rows"
    growth = large.a_million / small.a_million
    shown = f"{large.whole:.1f} s of processor ({large.a_million:.1f} s for 1,000,000 rows), {large.wall:.0f} s of wall"
    return [
        row("company.seconds", "close of the company", size, large.a_million, shown, reduced, floor=large.said()),
        row("company.growth", f"cost of a row against {small.branches} branches", size, growth, f"{growth:.2f} ×", reduced),
        row("company.statements", "statements of a branch's close", size, large.statements, str(large.statements), reduced),
        row("company.missing", "rows, relations, slips missing", size, gone, str(gone), reduced),
    ]
