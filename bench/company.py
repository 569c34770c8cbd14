"""The company's close end to end: every branch's CSV through import, relations, figures, pay, to the slips, by the public verbs.

Twice: the opening month, where every client is new and gets a slip, and the month after, which is an ordinary one: clients known
and related, a few new, gone, come back, under another name, or named by another manager. One process does branch after branch,
as one worker would. The files are written before the clock starts.
"""

from __future__ import annotations

import csv
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import connection

from bench import pay, worlds
from bench.data import HEAD, SEED, Maker
from bench.goals import row
from bench.measure import Clock, Counter, Row, counted, seconds
from clients.figures.actions import lock
from clients.imports.actions import import_files
from clients.imports.kinds import KEEP
from clients.imports.models import ClientMonth
from clients.imports.resolving import resolve_rows
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from clients.registry.models import Relation
from kernel.months import Month
from payroll.runs.models import PaySlip

NEEDS_DATABASE = True
MANAGERS = 30
OPENING, LATER = worlds.FIRST, worlds.FIRST.next
FILLED = "clients_client, clients_clientmonth, clients_confirmationslip, clients_relation, clients_stagedrow"
NAME, STAFF_NO, MANAGER = HEAD.index("客户姓名"), HEAD.index("客户经理工号"), HEAD.index("客户经理")


@dataclass
class Close:
    """What a month's close of so many branches took: seconds of processor by step (this process and its session), of wall,
    statements of a branch. `relations` and `rows`: how many the files bring."""

    branches: int
    rows: int = 0
    relations: int = 0
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

    def steps(self) -> str:
        return ", ".join(f"{name} {seconds(value)}" for name, value in self.took.items())

    def said(self) -> str:
        return f"{self.whole:.1f} s of processor ({self.a_million:.1f} s for 1,000,000 rows), {self.wall:.0f} s of wall"

    def size(self) -> str:
        return f"{self.branches} branches, {self.rows:,} rows"


@dataclass
class Office:
    """A branch ready to close: its file of each month, how many rows it has, and how many clients it is the first to name."""

    world: worlds.World
    files: dict[Month, Path] = field(default_factory=dict)
    rows: dict[Month, int] = field(default_factory=dict)
    new: dict[Month, int] = field(default_factory=dict)


def month_of_a_branch(maker: Maker, month: Month) -> Iterator[list[Any]]:
    """The maker's rows, as a month really has them: of 3,334 clients some 11 gone, 7 come back, 8 under another name, 3 named by
    another manager than the one whose clients they are, and one in a hundred new."""
    later, staff, known = month == LATER, maker.staff(), maker.clients - maker.clients // 100
    for at, values in enumerate(maker.rows(month)):
        one = list(values)
        if later and at < known and at % 400 == 7:
            one[NAME] += "生"
        if later and at < known and at % 1000 == 13:
            one[STAFF_NO], one[MANAGER] = next(pair for pair in staff if pair[0] != one[STAFF_NO])
        gone = at % 300 == 11 if later else at % 500 == 17 or at >= known
        if not gone:
            yield one


def prepare(code: str, first_staff_no: int, clients: int, folder: Path) -> Office:
    """A branch with its people, scheme, opening balances, and both months' inputs and CRM files."""
    world = worlds.branch_with(MANAGERS, code=code, first_staff_no=first_staff_no)
    worlds.scheme_and_opening(world)
    office, maker = Office(world), Maker(clients, MANAGERS, code, first_staff_no=first_staff_no)
    seen: set[str] = set()
    for month in (OPENING, LATER):
        worlds.inputs_ready(world, month, random.Random(SEED))
        rows = list(month_of_a_branch(maker, month))
        named = {row[HEAD.index("客户号")] for row in rows}
        office.rows[month], office.new[month] = len(rows), len(named - seen)
        office.files[month] = folder / f"{code}-{month}.csv"
        seen |= named
        with office.files[month].open("w", encoding="gb18030", newline="") as file:
            file.write(maker.head())
            csv.writer(file, lineterminator="\r\n").writerows(rows)
    return office


def close_branch(office: Office, month: Month, close: Close, clock: Clock) -> None:
    """One branch's month, as the persons whose work it is."""
    world, path = office.world, office.files[month]

    def step(name: str, work: Callable[[], object]) -> None:
        wall, spent = clock.now()
        work()
        close.wall += clock.now()[0] - wall
        close.took[name] += clock.now()[1] - spent

    def take_in() -> None:
        upload = Upload.of(path.name, path.read_bytes())
        (report,) = import_files(files=[upload], branch=world.branch, by=world.importer)
        assert (report.rows, report.refused) == (office.rows[month], 0), report

    def resolve() -> None:
        waiting = ClientMonth.objects.waiting().filter(branch=world.branch, month=month).values_list("pk", flat=True)
        if ids := list(waiting):
            resolve_rows(branch=world.branch, month=month, ids=ids, how=KEEP, by=world.importer)

    step("import", take_in)
    step("exceptions", resolve)
    step("relations", lambda: confirm_relations(branch=world.branch, month=month, by=world.importer))
    step("figures", lambda: lock(branch=world.branch, month=month, by=world.finance))
    step("pay", lambda: pay.ours(pay.begin(world, month)))
    close.rows += office.rows[month]
    close.relations += office.new[month]


def close_company(prefix: str, branches: int, clients: int, first_staff_no: int) -> tuple[Close, Close]:
    """So many branches, one after the other, and then all of them again: the opening month and the one after."""
    opening, later = Close(branches), Close(branches)
    with tempfile.TemporaryDirectory() as folder:
        ready = [prepare(f"{prefix}{at:04d}", first_staff_no + at * MANAGERS, clients, Path(folder)) for at in range(branches)]
        clock = Clock(connection)
        for month, close in ((OPENING, opening), (LATER, later)):
            with connection.cursor() as cursor:  # as the server has done by itself when the month begins
                cursor.execute(f"VACUUM ANALYZE {FILLED}")
                cursor.execute("ANALYZE")
            with counted(connection) as counter:
                _all(ready, month, close, clock, counter)
    return opening, later


def _all(offices: list[Office], month: Month, close: Close, clock: Clock, counter: Counter) -> None:
    for office in offices:
        close_branch(office, month, close, clock)
    close.statements = counter.statements // close.branches


def missing(closes: list[Close]) -> int:
    """Rows, relations and slips that these closes should have left and haven't."""
    wanted = (
        sum(one.rows for one in closes),
        sum(one.relations for one in closes),
        sum(one.branches for one in closes) * MANAGERS,
    )
    there = (ClientMonth.objects.count(), Relation.objects.count(), PaySlip.objects.count())
    return sum(abs(a - b) for a, b in zip(wanted, there, strict=True))


def run(reduced: bool) -> list[Row]:
    branches, clients = (10, 3_000) if reduced else (300, 3_334)
    worlds.ground()
    first = close_company("W", 1, clients, 800_001)  # the first one pays for what is loaded once
    small = close_company("S", max(2, branches // 10), clients, 810_001)
    large = close_company("L", branches, clients, 830_001)
    gone = missing([*first, *small, *large])
    opening, later = large
    size, growth = later.size(), later.a_million / small[1].a_million
    return [
        row("company.seconds", "close of the company", size, later.a_million, later.said(), reduced, floor=later.steps()),
        row(
            "company.opening",
            "close of the company's opening month",
            opening.size(),
            opening.a_million / later.a_million,
            f"{opening.said()}, {opening.a_million / later.a_million:.1f} × the month after",
            reduced,
            floor=opening.steps(),
        ),
        row("company.growth", f"cost of a row against {small[1].branches} branches", size, growth, f"{growth:.2f} ×", reduced),
        row("company.statements", "statements of a branch's close", size, later.statements, str(later.statements), reduced),
        row("company.missing", "rows, relations, slips missing", size, gone, str(gone), reduced),
    ]
