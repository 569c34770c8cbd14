"""The pay of 10,000 people: inputs frozen, reckoned with their trace, stored in chunks; then once more, which changes nothing."""

from __future__ import annotations

from itertools import chain
from typing import Any

from django.db import OperationalError, connection, transaction

from bench import worlds
from bench.goals import ratio_row, row, unaimed
from bench.measure import Counter, Row, counted, pairs, peak_memory
from branch.jobs.actions import Progress
from branch.jobs.models import Job
from branch.prepared import insert
from kernel.months import Month
from payroll.reckoning.pay import check, reckon
from payroll.runs import actions, computing
from payroll.runs.inputs import freeze
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.states import COMPUTING

NEEDS_DATABASE = True
COLUMNS = [field.column for field in PaySlip._meta.concrete_fields if field.column != "id"]
TOKEN = "bench"


class Marked(Progress):
    """The job's real progress (lease prolonged, row held), which notes how many statements had run at each report."""

    def __init__(self, job: Job, counter: Counter | None = None) -> None:
        Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, lease_token=TOKEN)
        super().__init__(job, TOKEN)
        self.counter, self.marks = counter, []  # type: ignore[var-annotated]

    def report(self, **given: Any) -> None:
        if self.counter is not None:
            self.marks.append(self.counter.statements)
        super().report(**given)

    def end(self, came: object) -> None:
        """Left out: it is once a job, not once a chunk."""


def begin(world: worlds.World, month: Month = worlds.FIRST) -> PayRun:
    """The run in 计算中, its job queued for nobody."""
    original, actions.enqueue = (
        actions.enqueue,
        lambda kind, **given: insert(  # type: ignore[assignment]
            Job(
                kind=kind,
                title=given["title"],
                key=given["key"],
                owner=given["by"],
                branch=given["branch"],
                params=given["params"],
            )
        ),
    )
    try:
        return actions.compute(branch=world.branch, month=month, by=world.finance)
    finally:
        actions.enqueue = original


def ours(run: PayRun, counter: Counter | None = None) -> Marked:
    assert run.job is not None
    progress = Marked(run.job, counter)
    computing.compute_run(progress, {"run": run.pk})
    if counter is not None:
        progress.marks.append(counter.statements)  # a chunk reports when it begins: the last one and the sealing come after
    Job.objects.filter(pk=run.job.pk).update(state=Job.State.DONE)
    return progress


TRIES = 200


def _empty(tables: str) -> None:
    """Without reading what is in them, as the ORM would. Where pages are read beside it, it waits for no lock while it holds
    others: that would be a deadlock, which a page may lose."""
    for left in reversed(range(TRIES)):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '50ms'")
                cursor.execute("SET LOCAL session_replication_role = replica")  # adjustments hang on slips, and only grow
                cursor.execute(f"TRUNCATE {tables} CASCADE")
            return
        except OperationalError:
            if not left:
                raise


def forget_runs() -> None:
    _empty("payroll_payslip, payroll_payrun, branch_job")


def reset(world: worlds.World) -> PayRun:
    forget_runs()
    return begin(world)


def copied_rows() -> list[str]:
    """The slips as COPY text, read back: the floor writes exactly the same bytes."""
    with connection.cursor() as cursor, cursor.copy(f"COPY (SELECT {', '.join(COLUMNS)} FROM payroll_payslip) TO STDOUT") as copy:
        return [bytes(block).decode() for block in copy]


def floor_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_slip (LIKE payroll_payslip INCLUDING COMPRESSION)")
        cursor.execute("ALTER TABLE bench_slip DROP COLUMN id")


def write_floor(rows: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE bench_slip")
        with cursor.copy(f"COPY bench_slip ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for block in rows:
                copy.write(block)


def digest_of() -> list[Any]:
    """What a rerun must leave alone: each row's place on disk, with the run's digest."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xmin::text, ctid::text, checksum FROM payroll_payslip ORDER BY id")
        return [*cursor.fetchall()]


def run(reduced: bool) -> list[Row]:
    people = 1_000 if reduced else 10_000
    worlds.ground()
    world = worlds.ready_to_compute(people)[0]
    started: list[PayRun] = [reset(world)]
    with counted(connection) as counter:
        marks = ours(started[0], counter).marks
    statements = (marks[-1] - marks[0]) / -(-people // computing.CHUNK)
    rows = copied_rows()
    floor_table()
    frozen = freeze(world.branch, worlds.FIRST)

    def again() -> None:
        started[0] = reset(world)

    def reckoned_and_stored() -> None:
        for person in frozen.people:
            check(reckon(frozen.scheme, frozen.parameters, person.facts, person.start.carried, frozen.team_of(person.facts)))
        write_floor(rows)

    took = pairs(lambda: ours(started[0]), lambda: write_floor(rows), reduced=reduced, before_ours=again)
    beside = pairs(lambda: ours(started[0]), reckoned_and_stored, reduced=reduced, before_ours=again)
    touched, same = _rerun(world)
    memory = peak_memory("bench.pay")
    size, all_of_them = f"{people:,} people", took.ours_s * 10_000 / people
    said = f"{touched} rows, digest {'equal' if same else 'DIFFERS'}"
    return [
        ratio_row("pay.ratio", f"pay: freeze, reckon, store; {all_of_them:.2f} s for 10,000", size, took, "COPY", reduced),
        unaimed("the same, against bare reckoning and COPY of the slips", size, beside, "reckoning and COPY"),
        row("pay.statements", "statements of a chunk", size, statements, f"{statements:.1f}", reduced),
        row("pay.again", "rows touched by a rerun", size, touched + (not same), said, reduced),
        row("pay.memory", "peak memory of a computation", size, memory, f"{memory:.0f} MB", reduced),
    ]


def _rerun(world: worlds.World) -> tuple[int, bool]:
    before, old = digest_of(), PayRun.objects.get()
    again = begin(world)
    ours(again)
    after, new = digest_of(), PayRun.objects.get()
    touched = len(set(chain(before)) ^ set(chain(after)))
    return touched, old.digest == new.digest != ""


def peak() -> None:
    """The computation once more, in a fresh process."""
    run = PayRun.objects.select_related("branch", "job").get()
    _empty("payroll_payslip")
    PayRun.objects.filter(pk=run.pk).update(state=COMPUTING, digest="")
    ours(run)
