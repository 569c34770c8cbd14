"""The close of one branch, from its CSV through relations, figures and pay to the slips, by the public verbs, step by step.

Two months of it: the opening month, where every client is new and gets a slip, and the month after, which is an ordinary one:
clients known and related, a few new, gone, come back, under another name, or named by another manager.
"""

from __future__ import annotations

import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import pay, worlds
from bench.data import HEAD, SEED, Maker
from bench.measure import Clock
from clients.figures.actions import lock
from clients.imports.actions import import_files
from clients.imports.kinds import KEEP
from clients.imports.models import ClientMonth
from clients.imports.resolving import resolve_rows
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from kernel.months import Month

MANAGERS = 30
OPENING, LATER = worlds.FIRST, worlds.FIRST.next
NAME, STAFF_NO, MANAGER = HEAD.index("客户姓名"), HEAD.index("客户经理工号"), HEAD.index("客户经理")


@dataclass
class Spent:
    """What the closes of some branches took: seconds of processor by step (of the process and its session), and statements."""

    took: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    statements: int = 0


@dataclass
class Office:
    """A branch ready to close: its file of each month, how many rows it has, and how many clients it is the first to name."""

    world: worlds.World
    files: dict[Month, Path] = field(default_factory=dict)
    rows: dict[Month, int] = field(default_factory=dict)
    new: dict[Month, int] = field(default_factory=dict)

    def lines(self, month: Month) -> Iterator[list[str]]:
        """The rows of its file, once more."""
        with self.files[month].open(encoding="gb18030", newline="") as file:
            yield from list(csv.reader(file))[1:]


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


def close_branch(office: Office, month: Month, spent: Spent, clock: Clock) -> None:
    """One branch's month, as the persons whose work it is."""
    world, path = office.world, office.files[month]

    def step(name: str, work: Callable[[], object]) -> None:
        before = clock.now()[1]
        work()
        spent.took[name] += clock.now()[1] - before

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
