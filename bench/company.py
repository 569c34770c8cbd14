"""The company's close end to end: every branch's CSV through import, relations, figures and pay to the slips, by four workers.

Against the barest way to move the same rows, in one session of the same run: raw COPY of all of them and one GROUP BY. Besides
the wall, the seconds of processor are counted, which stay what they are when the machine does other work. The files are written
before the clock starts.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from django.db import connection, transaction

from bench import figures, import_csv, worlds
from bench.closing import LATER, MANAGERS, OPENING, Office, Spent, prepare
from bench.goals import row
from bench.lane import Lane, Work
from bench.measure import Row, seconds
from branch.people.models import Person
from clients.imports.models import ClientMonth
from clients.registry.models import Relation
from kernel.months import Month
from payroll.runs.models import PaySlip

NEEDS_DATABASE = True
LANES = 4  # as many processes as a worker of `deploy/` has: while one waits for the disk, another uses the processor
FLOORS = 5  # times the floor is taken
FILLED = "clients_client, clients_clientmonth, clients_confirmationslip, clients_relation, clients_stagedrow"


@dataclass
class Close:
    """What a month's close of so many branches took: seconds of wall by all lanes, of processor by step, and statements."""

    branches: int
    rows: int
    wall: float = 0
    took: Counter[str] = field(default_factory=Counter)
    statements: int = 0

    @property
    def a_million(self) -> float:
        """Seconds of processor for 1,000,000 rows at this cost of a row."""
        return sum(self.took.values()) * 1_000_000 / self.rows

    @property
    def wall_a_million(self) -> float:
        return self.wall * 1_000_000 / self.rows

    def add(self, spent: Spent) -> None:
        self.took.update(spent.took)
        self.statements += spent.statements

    def steps(self) -> str:
        return ", ".join(f"{name} {seconds(value)}" for name, value in self.took.items())

    def size(self) -> str:
        return f"{self.branches} branches, {self.rows:,} rows"


@dataclass
class Company:
    """Branches with their files, and the lanes that close them."""

    offices: list[Office]
    lanes: list[Lane]

    @classmethod
    def made(cls, prefix: str, branches: int, clients: int, folder: Path, first_staff_no: int) -> Company:
        """With a branch more for each lane, to warm up with."""
        ready = [prepare(f"{prefix}{at:04d}", first_staff_no + at * MANAGERS, clients, folder) for at in range(branches + LANES)]
        warm, offices = ready[:LANES], ready[LANES:]
        works = [Work(warm[at], offices[at::LANES]) for at in range(LANES)]
        return cls(offices, [Lane(work, folder / f"{prefix}{at}.lane") for at, work in enumerate(works)])

    def close(self, month: Month) -> Close:
        with connection.cursor() as cursor:  # as the server has done by itself when the month begins
            cursor.execute(f"VACUUM ANALYZE {FILLED}")
            cursor.execute("ANALYZE")
        done = Close(len(self.offices), sum(office.rows[month] for office in self.offices))
        begun = time.perf_counter()
        for lane in self.lanes:
            lane.begin(month)
        for lane in self.lanes:
            done.add(lane.ended())
        done.wall = time.perf_counter() - begun
        return done

    def missing(self) -> int:
        """Rows, relations and slips that the closes should have left and haven't."""
        own = {"branch__in": [office.world.branch for office in self.offices]}
        months = (OPENING, LATER)
        wanted = (
            sum(office.rows[month] for office in self.offices for month in months),
            sum(office.new[month] for office in self.offices for month in months),
            len(self.offices) * MANAGERS * len(months),
        )
        there = (
            ClientMonth.objects.filter(**own).count(),
            Relation.objects.filter(client__branch__in=own["branch__in"]).count(),
            PaySlip.objects.filter(run__branch__in=own["branch__in"]).count(),
        )
        return sum(abs(a - b) for a, b in zip(wanted, there, strict=True))


def floor_of(offices: list[Office], folder: Path) -> float:
    """Seconds of wall for the month's rows by COPY into a bare table and the figures from it by one statement: a median."""
    raw, people = folder / "all.copy", dict(Person.objects.values_list("staff_no", "pk"))
    with raw.open("w", encoding="utf-8", newline="\n") as file:
        for office in offices:
            file.writelines(import_csv.bare_lines(office.lines(LATER), people))
    import_csv.make_floor_table()
    return median(_floor(raw) for _ in range(FLOORS))


def _floor(raw: Path) -> float:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_rows")
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        import_csv.copy_raw(cursor, raw)
        cursor.execute(f"CREATE TABLE bench_sums AS {figures.plain_sums('bench_rows', 'manager')}")
    took = time.perf_counter() - begun
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_sums")
    return took


def run(reduced: bool) -> list[Row]:
    branches, clients = (12, 3_000) if reduced else (300, 3_334)
    worlds.ground()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        small = Company.made("S", max(LANES, branches // 10), clients, folder, 810_001)
        large = Company.made("L", branches, clients, folder, 830_001)
        opening, less, later = large.close(OPENING), (small.close(OPENING), small.close(LATER))[1], large.close(LATER)
        bare = floor_of(large.offices, folder)
        for lane in (*small.lanes, *large.lanes):
            lane.stop()
    gone = small.missing() + large.missing()
    growth, size = later.a_million / less.a_million, later.size()
    ratio = later.wall / bare
    said = f"{later.wall_a_million:.1f} s for 1,000,000 rows"
    return [
        row(
            "company.ratio",
            "close of the company by four workers",
            size,
            ratio,
            f"{said}, {ratio:.1f} × the floor",
            reduced,
            floor=f"{bare * 1_000_000 / later.rows:.1f} s (COPY and GROUP BY of the same rows)",
        ),
        row(
            "company.processor",
            "its seconds of processor, a million rows",
            size,
            later.a_million,
            f"{later.a_million:.1f} s",
            reduced,
            floor=later.steps(),
        ),
        row(
            "company.opening",
            "close of the company's opening month",
            opening.size(),
            opening.a_million / later.a_million,
            f"{opening.wall_a_million:.1f} s for 1,000,000 rows, {opening.a_million / later.a_million:.1f} × the month after",
            reduced,
            floor=opening.steps(),
        ),
        row("company.growth", f"cost of a row against {less.branches} branches", size, growth, f"{growth:.2f} ×", reduced),
        row(
            "company.statements",
            "statements of a branch's close",
            size,
            later.statements // branches,
            str(later.statements // branches),
            reduced,
        ),
        row("company.missing", "rows, relations, slips missing", size, gone, str(gone), reduced),
    ]
