"""Client rows by the million, made by the database itself: for benches of reading, where importing them would take longest.

Foreign-key triggers are off while they are written (the rows are right by construction) and statistics are gathered after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bench import worlds
from bench.data import GIVEN, SURNAMES
from branch.org.models import Branch
from branch.people.models import Person
from clients.imports.models import ImportBatch, ImportFile
from clients.imports.partitions import ensure_partition
from clients.imports.states import BOOKED
from kernel.months import Month

MONEY = (
    *("turnover", "gross_commission", "handling_fee", "regulatory_fee", "transfer_fee", "protection_fund", "net_commission"),
    *("margin_income", "opening_assets", "closing_assets", "assets_in", "assets_out"),
)

CLIENTS = """
INSERT INTO clients_client (branch_id, client_no, name, initials, kind, fund_account, account_tail, opened_on)
SELECT b.id, '1' || lpad(n::text, 9, '0'),
       substr(%(surnames)s, 1 + ((n * 7 + b.id * 13) %% length(%(surnames)s))::int, 1)
         || substr(%(given)s, 1 + ((n * 11 + b.id) %% length(%(given)s))::int, 1)
         || CASE WHEN n %% 3 = 0 THEN '' ELSE substr(%(given)s, 1 + ((n / 37 + b.id * 5) %% length(%(given)s))::int, 1) END,
       chr(97 + n %% 26) || chr(97 + n / 26 %% 26), '个人', '3' || lpad(b.id::text, 4, '0') || lpad(n::text, 7, '0'),
       lpad((n %% 10000)::text, 4, '0'), %(month)s::date - (n * 37 %% 4200)::int
  FROM clients_bench_branch b, generate_series(1, %(clients)s) n
 ORDER BY b.id, n
"""
SLIPS = """
INSERT INTO clients_confirmationslip
  (branch_id, month, number, serial, client_id, manager_id, relation_kind, basis, state, effective_month,
   created_by_id, created_at, decided_by_id, decided_at, reason)
SELECT c.branch_id, %(month)s, row_number() OVER w, %(month)s || '-' || c.branch_id || '-' || row_number() OVER w,
       c.id, b.first_manager + substr(c.client_no, 2)::int %% b.managers, '开发', 'opening', 'valid',
       %(month)s, %(by)s, now(), %(by)s, now(), ''
  FROM clients_client c JOIN clients_bench_branch b ON b.id = c.branch_id
WINDOW w AS (PARTITION BY c.branch_id ORDER BY c.client_no)
"""
RELATIONS = """
INSERT INTO clients_relation (client_id, manager_id, kind, from_month, to_month, slip_id)
SELECT client_id, manager_id, relation_kind, effective_month, NULL, id FROM clients_confirmationslip
"""
COMPARED = """
INSERT INTO clients_comparedaccounts (branch_id, upto)
SELECT c.branch_id, max(c.id) FROM clients_client c JOIN clients_bench_branch b ON b.id = c.branch_id GROUP BY c.branch_id
"""
ROWS = """
INSERT INTO clients_clientmonth
  (branch_id, month, client_id, batch_id, source_row, manager_id, manager_no, manager_name, relation_kind, opened_on,
   turnover, gross_commission, handling_fee, regulatory_fee, transfer_fee, protection_fund, net_commission, margin_income,
   opening_assets, closing_assets, assets_in, assets_out, is_valid, exception, resolution, reason)
SELECT c.branch_id, %(month)s, c.id, b.batch, row_number() OVER w + 1,
       b.first_manager + substr(c.client_no, 2)::int %% b.managers, '', '', '开发',
       c.opened_on, t, g, f, 0, 0, 0, g - f, 0, a, a + h %% 1000, h %% 500, 0, a > 10000, '', '', ''
  FROM clients_client c JOIN clients_bench_branch b ON b.id = c.branch_id,
       LATERAL (SELECT abs(hashint8(c.id * 100 + %(month)s)::bigint) AS h) x,
       LATERAL (SELECT (h %% 50000000)::numeric / 100 AS t, (h %% 40000)::numeric / 100 AS g, (h %% 9000)::numeric / 100 AS f,
                       (h %% 90000000)::numeric / 100 AS a) y
WINDOW w AS (PARTITION BY c.branch_id ORDER BY c.client_no)
"""


def company(branches: int, managers: int, clients: int, months: Sequence[Month], *, code: str = "B") -> list[worlds.World]:
    """So many branches with so many managers and clients each; every client confirmed for one manager, a row a month."""
    found = [
        worlds.branch_with(managers, code=f"{code}{at:04d}", first_staff_no=ord(code) * 10_000_000 + at * managers)
        for at in range(branches)
    ]
    fill(found, managers, clients, months)
    return found


def fill(found: Sequence[worlds.World], managers: int, clients: int, months: Sequence[Month]) -> None:
    """The clients of these branches, their relations from the first month on, and their rows of each month. Their accounts have
    been compared, as the lock of an earlier month leaves them."""
    by = found[0].importer
    given = {"surnames": SURNAMES, "given": GIVEN, "clients": clients, "by": by.pk}
    with _branches(found, managers) as cursor:
        cursor.execute(CLIENTS, given | {"month": months[0].last})
        cursor.execute(SLIPS, given | {"month": months[0].number})
        cursor.execute(RELATIONS)
        cursor.execute(COMPARED)
    add_months(found, clients, months)


def add_months(found: Sequence[worlds.World], clients: int, months: Sequence[Month]) -> None:
    """Another row a client and month."""
    for month in months:
        ensure_partition(month)
        batches = _batches([world.branch for world in found], month, clients, found[0].importer)
        with _branches(found, len(found[0].people)) as cursor:
            cursor.executemany(
                "UPDATE clients_bench_branch SET batch = %s WHERE id = %s", [(batch, branch) for branch, batch in batches.items()]
            )
            cursor.execute(ROWS, {"month": month.number})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _branches(found: Sequence[worlds.World], managers: int) -> Iterator[Any]:
    """A cursor that knows the branches, and whose writing fires no trigger."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "CREATE TEMP TABLE clients_bench_branch (id bigint, first_manager bigint, managers int, batch bigint) ON COMMIT DROP"
        )
        first = [(world.branch.pk, min(person.pk for person in world.people), managers) for world in found]
        cursor.executemany("INSERT INTO clients_bench_branch VALUES (%s, %s, %s, 0)", first)
        yield cursor


def _batches(branches: list[Branch], month: Month, rows: int, by: Person) -> dict[int, int]:
    """A booked batch of the month for each branch: its id by the branch's."""
    made = ImportBatch.objects.bulk_create(
        ImportBatch(branch=branch, month=month, state=BOOKED, rows=rows, created_by=by, booked_by=by, booked_at=timezone.now())
        for branch in branches
    )
    ImportFile.objects.bulk_create(
        ImportFile(batch=batch, kind=ImportFile.Kind.CLIENTS, name="bench.csv", rows=rows) for batch in made
    )
    return {batch.branch_id: batch.pk for batch in made}
