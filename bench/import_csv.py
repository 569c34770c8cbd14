"""A branch's month from CSV into the database by pre-check and confirmation, against raw COPY of the same rows.

Twice: the opening month, where every client is new and gets a slip, and the month after, as every later one is: clients known,
relations confirmed, one in a hundred new.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from bench import worlds
from bench.data import Maker
from bench.goals import ratio_row, row
from bench.measure import Counter, Row, counted, pairs, peak_memory
from branch.org.models import Branch
from branch.people.models import Person
from clients.imports import actions
from clients.imports.models import ClientMonth, ImportBatch
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
PIECE = 1 << 20


class Bench:
    """A branch, its two months as files on disk, and the rows of each as the bytes that raw COPY takes."""

    def __init__(self, clients: int, managers: int, folder: Path | None = None) -> None:
        self.size, self.folder = clients, folder or Path(tempfile.mkdtemp(prefix="zhanye-bench-csv-"))
        self.world = worlds.branch_with(managers)
        self.people = dict(Person.objects.values_list("staff_no", "pk"))
        self.uploads = {
            FIRST: self._upload(Maker(clients - clients // 100, managers), FIRST),
            SECOND: self._upload(Maker(clients, managers), SECOND),
        }

    def _upload(self, maker: Maker, month: Month) -> Upload:
        path, raw = self.folder / f"客户月度业务明细_{month}.csv", self.raw(month)
        with path.open("w", encoding="gb18030", newline="") as file, raw.open("w", encoding="utf-8", newline="\n") as bare:
            file.write(maker.head())
            for at, values in enumerate(maker.rows(month)):
                file.write(",".join(values) + "\r\n")
                bare.write(_bare(at, values, self.people))
        return Upload.of(path.name, path)

    def raw(self, month: Month) -> Path:
        return self.folder / f"{month}.copy"

    def ours(self, month: Month = FIRST) -> None:
        """Everything between the upload and the booked month: every check, clients, rows, slips, the log."""
        checked = actions.precheck(files=[self.uploads[month]], branch=self.world.branch, by=self.world.importer)
        assert checked.batch is not None
        actions.confirm(batch_id=checked.batch.pk, by=self.world.importer)

    def floor(self, month: Month = FIRST) -> None:
        """The same rows into a bare table, committed."""
        with transaction.atomic(), connection.cursor() as cursor:
            copy_raw(cursor, self.raw(month))

    def confirmed(self) -> None:
        """The opening month booked, its relations confirmed."""
        self.ours()
        confirm_relations(branch=self.world.branch, month=FIRST, by=self.world.importer)

    def empty(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(EMPTIED)} CASCADE")

    def empty_second(self) -> None:
        """Only the opening month again."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM clients_confirmationslip WHERE month = %s", [SECOND.number])
            cursor.execute("DELETE FROM clients_clientmonth WHERE month = %s", [SECOND.number])
            cursor.execute(
                "DELETE FROM clients_client c WHERE NOT EXISTS (SELECT 1 FROM clients_clientmonth WHERE client_id = c.id)"
            )
        ImportBatch.objects.filter(month=SECOND).delete()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE clients_clientmonth, clients_client, clients_confirmationslip, clients_stagedrow")

    def empty_floor(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE bench_rows")


def _bare(at: int, values: Sequence[Any], people: Mapping[str, int]) -> str:
    """A row as raw COPY takes it: client number, name, account, opening day, relation, the amounts, the flag, the manager."""
    plain = (*values[2:5], values[6], values[9], *values[10:22], "t" if values[22] == "是" else "f")
    return "\t".join([str(at), *plain, str(people[values[7]])]) + "\n"


def bare_lines(rows: Iterable[Sequence[Any]], people: Mapping[str, int]) -> Iterator[str]:
    """The rows of CRM files for `copy_raw`. `people`: 工号 → id."""
    return (_bare(at, values, people) for at, values in enumerate(rows))


def copy_raw(cursor: Any, raw: Path) -> None:
    """The lines of the file into the bare table."""
    with raw.open("rb") as file, cursor.copy("COPY bench_rows FROM STDIN") as copy:
        while piece := file.read(PIECE):
            copy.write(piece)


def make_floor_table() -> None:
    amounts = ", ".join(f"{key} numeric(18,2)" for _, key in MONEY_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE bench_rows (id int, client_no text, fund_account text, name text, opened_on date, "
            f"relation text, {amounts}, is_valid bool, manager bigint)"
        )


def differences(bench: Bench, month: Month = FIRST) -> int:
    """Booked rows that are not what the file says, by set arithmetic in the database."""
    bench.empty_floor()
    bench.floor(month)
    keys = ", ".join(key for _, key in MONEY_COLUMNS)
    whose = ("client_no", "name", "fund_account", "opened_on")
    booked = f"SELECT {', '.join(f'c.{key}' for key in whose)}, relation_kind, {keys}, is_valid, manager_id"
    booked += " FROM clients_clientmonth m"
    booked += " JOIN clients_client c ON c.id = m.client_id"
    booked += f" WHERE m.month = {month.number}"
    given = f"SELECT {', '.join(whose)}, relation, {keys}, is_valid, manager FROM bench_rows"
    with connection.cursor() as cursor:
        cursor.execute(f"""SELECT count(*) FROM (({given} EXCEPT {booked}) UNION ALL ({booked} EXCEPT {given})) AS differing""")
        return int(cursor.fetchone()[0])


def touched_by_repeat(bench: Bench, month: Month = FIRST) -> int:
    """Rows written when the same file comes once more."""

    def state() -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*), sum(hashtextextended(kind || id || ' ' || mark, 0)) FROM ("
                "SELECT 'm' AS kind, id, xmin::text AS mark FROM clients_clientmonth UNION ALL "
                "SELECT 'c', id, xmin::text FROM clients_client UNION ALL "
                "SELECT 's', id, xmin::text FROM clients_confirmationslip UNION ALL "
                "SELECT 'b', id, xmin::text FROM clients_importbatch UNION ALL "
                "SELECT 't', source_row, xmin::text FROM clients_stagedrow) AS everything"
            )
            return tuple(cursor.fetchone())

    before = state()
    checked = actions.precheck(files=[bench.uploads[month]], branch=bench.world.branch, by=bench.world.importer)
    assert checked.batch is None
    after = state()
    return 0 if before == after else max(1, abs(after[0] - before[0]))


def statements(bench: Bench, size: int) -> tuple[Counter, float]:
    with counted(connection) as counter:
        bench.ours()
    return counter, counter.statements / max(1, size / 2000)


def peak(path: str) -> None:
    """The same import in a fresh process."""
    branch, by = Branch.objects.get(code="0755FT"), Person.objects.get(staff_no="600001")
    checked = actions.precheck(files=[Upload.of("客户月度业务明细.csv", Path(path))], branch=branch, by=by)
    assert checked.batch is not None
    actions.confirm(batch_id=checked.batch.pk, by=by)


def run(reduced: bool) -> list[Row]:
    size = 50_000 if reduced else 1_000_000
    worlds.ground()
    make_floor_table()
    bench = Bench(size, size // 100)
    shown = f"{size:,} rows"
    opening = pairs(bench.ours, bench.floor, reduced=True, before_ours=bench.empty, before_floor=bench.empty_floor, warm=reduced)
    counts = (ClientMonth.objects.count(), Client.objects.count(), ConfirmationSlip.objects.count())
    assert counts == (size - size // 100,) * 3, counts
    wrong = differences(bench)
    bench.empty()
    _, a_chunk = statements(bench, size)
    bench.empty()
    memory = peak_memory("bench.import_csv", str(bench.uploads[FIRST].content))
    bench.empty()
    bench.confirmed()
    took = pairs(
        lambda: bench.ours(SECOND),
        lambda: bench.floor(SECOND),
        reduced=reduced,
        before_ours=bench.empty_second,
        before_floor=bench.empty_floor,
        warm=reduced,
    )
    assert ClientMonth.objects.filter(month=SECOND).count() == size
    wrong += differences(bench, SECOND)
    touched = touched_by_repeat(bench, SECOND)
    return [
        ratio_row("import.ratio", "a month's CSV: every check, clients, slips", shown, took, "raw COPY", reduced),
        ratio_row("import.opening", "the opening month: every client new", shown, opening, "raw COPY", reduced),
        row("import.differences", "booked rows that differ from the file", shown, wrong, str(wrong), reduced),
        row("import.again", "rows written by an unchanged re-import", shown, touched, str(touched), reduced),
        row("import.statements", "statements for 2,000 rows", shown, a_chunk, f"{a_chunk:.1f}", reduced),
        row("import.memory", "peak memory of the importing process", shown, memory, f"{memory:.0f} MB", reduced),
    ]


def book_and_confirm(bench: Bench) -> None:
    """For the benches that need a month with its relations confirmed."""
    bench.confirmed()


__all__ = ["FIRST", "SECOND", "Bench", "book_and_confirm", "run"]
