"""A branch's month from CSV into the database by pre-check and confirmation, against raw COPY of the same rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from bench import worlds
from bench.data import Maker
from bench.goals import ratio_row, row
from bench.measure import Counter, Row, counted, pairs, peak_memory
from branch.org.models import Branch
from branch.people.models import Person
from clients.imports import actions
from clients.imports.models import ClientMonth
from clients.imports.sheets import MONEY_COLUMNS, Upload
from clients.registry.actions import confirm_relations
from clients.registry.models import Client, ConfirmationSlip
from kernel.months import Month

NEEDS_DATABASE = True
FIRST, SECOND = Month(2026, 9), Month(2026, 10)
EMPTIED = (
    *("clients_importproblem", "clients_importfile", "clients_importbatch", "clients_clientmonth", "clients_stagedrow"),
    *("clients_relation", "clients_confirmationslip", "clients_client"),
)


class Bench:
    """A branch, the file, and the rows of the file as plain values for the floor."""

    def __init__(self, clients: int, managers: int) -> None:
        self.maker = Maker(clients, managers)
        self.world = worlds.branch_with(managers)
        self.upload = Upload.of(f"客户月度业务明细_{FIRST}.csv", self.maker.csv(FIRST))
        people = dict(Person.objects.values_list("staff_no", "pk"))
        self.values = [(at, *_plain(values), people[values[7]]) for at, values in enumerate(self.maker.rows(FIRST))]

    def ours(self) -> None:
        """Everything between the upload and the booked month: every check, clients, rows, slips, the log."""
        checked = actions.precheck(files=[self.upload], branch=self.world.branch, by=self.world.importer)
        assert checked.batch is not None
        actions.confirm(batch_id=checked.batch.pk, by=self.world.importer)

    def floor(self) -> None:
        """The same rows into a bare table, committed."""
        with transaction.atomic(), connection.cursor() as cursor, cursor.copy("COPY bench_rows FROM STDIN") as copy:
            for values in self.values:
                copy.write_row(values)

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(EMPTIED)} CASCADE")

    def empty_floor(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench_rows")


def _plain(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Client number, name, account, opening day, relation, the twelve amounts, the flag."""
    return (*values[2:5], values[6], values[9], *(Decimal(text) for text in values[10:22]), values[22] == "是")


def make_floor_table() -> None:
    amounts = ", ".join(f"{key} numeric(18,2)" for _, key in MONEY_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE bench_rows (id int, client_no text, fund_account text, name text, opened_on date, "
            f"relation text, {amounts}, is_valid bool, manager bigint)"
        )


def differences(bench: Bench) -> int:
    """Booked rows that are not what the file says, by set arithmetic in the database."""
    keys = ", ".join(key for _, key in MONEY_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT count(*) FROM (
                  (SELECT client_no, {keys}, manager FROM bench_rows EXCEPT
                   SELECT c.client_no, {keys}, manager_id FROM clients_clientmonth m JOIN clients_client c ON c.id = m.client_id)
                  UNION ALL
                  (SELECT c.client_no, {keys}, manager_id FROM clients_clientmonth m JOIN clients_client c ON c.id = m.client_id
                   EXCEPT SELECT client_no, {keys}, manager FROM bench_rows)) AS differing"""
        )
        return int(cursor.fetchone()[0])


def touched_by_repeat(bench: Bench) -> int:
    """Rows written when the same file comes once more."""

    def state() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 'm', id, xmin::text FROM clients_clientmonth UNION ALL SELECT 'c', id, xmin::text FROM clients_client "
                "UNION ALL SELECT 's', id, xmin::text FROM clients_confirmationslip ORDER BY 1, 2"
            )
            return cursor.fetchall()

    before = state()
    checked = actions.precheck(files=[bench.upload], branch=bench.world.branch, by=bench.world.importer)
    assert checked.batch is None
    return len(set(before) ^ set(state()))


def statements(bench: Bench, size: int) -> tuple[Counter, float]:
    with counted(connection) as counter:
        bench.ours()
    return counter, counter.statements / max(1, size / 2000)


def peak(path: str) -> None:
    """The same import in a fresh process."""
    branch, by = Branch.objects.get(code="0755FT"), Person.objects.get(staff_no="600001")
    with open(path, "rb") as file:
        upload = Upload.of("客户月度业务明细.csv", file.read())
    checked = actions.precheck(files=[upload], branch=branch, by=by)
    assert checked.batch is not None
    actions.confirm(batch_id=checked.batch.pk, by=by)


def run(reduced: bool) -> list[Row]:
    size = 10_000 if reduced else 100_000
    worlds.ground()
    make_floor_table()
    bench = Bench(size, size // 100)
    took = pairs(bench.ours, bench.floor, reduced=reduced, before_ours=bench.empty, before_floor=bench.empty_floor, warm=reduced)
    booked = (ClientMonth.objects.count(), Client.objects.count(), ConfirmationSlip.objects.count())
    assert booked == (size,) * 3, booked
    wrong, touched = differences(bench), touched_by_repeat(bench)
    bench.empty()
    _, a_chunk = statements(bench, size)
    bench.empty()
    memory = _memory(bench)
    shown = f"{size:,} rows"
    return [
        ratio_row("import.ratio", "CSV import with every check, clients, slips", shown, took, "raw COPY", reduced),
        row("import.differences", "booked rows that differ from the file", shown, wrong, str(wrong), reduced),
        row("import.again", "rows written by an unchanged re-import", shown, touched, str(touched), reduced),
        row("import.statements", "statements for 2,000 rows", shown, a_chunk, f"{a_chunk:.1f}", reduced),
        row("import.memory", "peak memory of the importing process", shown, memory, f"{memory:.0f} MB", reduced),
    ]


def _memory(bench: Bench) -> float:
    import tempfile

    with tempfile.NamedTemporaryFile(suffix=".csv") as file:
        file.write(bench.upload.content)
        file.flush()
        return peak_memory("bench.import_csv", file.name)


def book_and_confirm(bench: Bench) -> None:
    """For the benches that need a month with its relations confirmed."""
    bench.ours()
    confirm_relations(branch=bench.world.branch, month=FIRST, by=bench.world.importer)
