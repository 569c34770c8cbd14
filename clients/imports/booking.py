"""From staged to booked, set by set: clients, their month, sales, proposed slips. Runs inside the act's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from branch.people.models import Person
from branch.prepared import Prepared, ask, do
from clients.bulk import FEW_ENOUGH, by_hashing, none_of, table
from clients.imports.comparing import BARE, NEW, RENAMED
from clients.imports.known import BOOKED_COLUMNS
from clients.imports.models import ClientMonth, ImportBatch, StagedRow, StagedSale
from clients.imports.sales import IDENTITY
from clients.products.models import ProductSale
from clients.registry.actions import void_proposed
from clients.registry.bulk import propose_slips_for
from clients.registry.models import Client, ConfirmationSlip, Relation
from clients.registry.queries import any_proposed
from clients.registry.rules import initials
from clients.registry.states import PROPOSED, VALID

Basis = ConfirmationSlip.Basis
CHUNK = 1000
LINES = 1 << 24  # more than any file has; more than rows were booked by any batch that drew its ids from a sequence
_TAIL = "substr(s.fund_account, CASE WHEN length(s.fund_account) > 4 THEN length(s.fund_account) - 3 ELSE 1 END)"


def book_month(batch: ImportBatch, by: Person, *, rebooking: bool) -> int:
    """The clients and their rows of the month. `rebooking`: it has some. Returns how many clients are new."""
    if rebooking:
        with by_hashing(rows=batch.rows):
            _clear_way(batch, by)
    with by_hashing(rows=batch.rows, least=FEW_ENOUGH):
        new = _book_clients(batch)
        _book_rows(batch)
    return new


def _book_clients(batch: ImportBatch) -> int:
    """Clients the file is the first to name; changed particulars of known ones. Returns how many are new."""
    client, staged = table(Client), table(StagedRow)
    letters, signs = _letters(batch)
    new = do(
        f"""INSERT INTO {client}
              (branch_id, client_no, name, initials, kind, fund_account, account_tail, opened_on)
            SELECT %s, s.client_no, s.client_name, {letters}, s.client_kind, s.fund_account, {_TAIL}, s.opened_on
              FROM {staged} s WHERE s.batch_id = %s AND s.marks IN ({NEW}, {NEW + BARE})
             ORDER BY s.source_row""",  # noqa: S608
        [batch.branch_id, *signs, batch.pk],
    )
    do(
        f"""UPDATE {client} SET name = s.client_name, initials = {letters}, kind = s.client_kind,
                   fund_account = s.fund_account, account_tail = {_TAIL}, opened_on = s.opened_on,
                   account_watched = {client}.account_watched OR {client}.fund_account <> s.fund_account
              FROM {staged} s WHERE s.batch_id = %s AND s.marks IN ({RENAMED}, {RENAMED + BARE})
               AND {client}.branch_id = %s AND {client}.client_no = s.client_no""",  # noqa: S608
        [*signs, batch.pk, batch.branch_id],
    )
    return new


def _letters(batch: ImportBatch) -> tuple[str, list[str]]:
    """The expression for a staged name's search letters, with its values: the database knows no pinyin, so it is given a letter
    for each sign."""
    if connection.vendor != "postgresql":
        connection.ensure_connection()
        connection.connection.create_function("search_letters", 1, initials, deterministic=True)
        return "search_letters(s.client_name)", []
    found = ask(
        f"SELECT DISTINCT regexp_split_to_table(client_name, '') FROM {table(StagedRow)} "  # noqa: S608
        f"WHERE batch_id = %s AND marks IN ({NEW}, {RENAMED}, {NEW + BARE}, {RENAMED + BARE})",
        [batch.pk],
    )
    signs = sorted(((sign, initials(sign)) for (sign,) in found), key=lambda pair: not pair[1])  # one without a letter goes
    return "translate(s.client_name, %s, %s)", ["".join(sign for sign, _ in signs), "".join(letter for _, letter in signs)]


def _book_rows(batch: ImportBatch) -> None:
    """The month's rows that are new or changed, by one statement; what changed or went was deleted before.

    A row's id is made of its batch and its line, which no other row has: a sequence asked for each costs a tenth of all. Clients
    are named twice, which makes them look few: they are hashed, and the wide rows of the file looked up among them.
    """
    columns = ", ".join(BOOKED_COLUMNS)
    staged = ", ".join(f"s.{column}" for column in BOOKED_COLUMNS)
    do(
        f"""INSERT INTO {table(ClientMonth)}
              (id, branch_id, month, client_id, batch_id, source_row, manager_id, expected_id, exception,
               resolution, reason, {columns})
            SELECT s.batch_id * {LINES} + s.source_row, %s, %s, c.id, s.batch_id, s.source_row, s.manager_id, s.expected_id,
                   s.exception, '', '', {staged}
              FROM {table(StagedRow)} s
              JOIN {table(Client)} c ON c.branch_id = %s AND c.branch_id + 0 = %s AND c.client_no = s.client_no
             WHERE s.batch_id = %s AND s.change <> 'same'""",  # noqa: S608
        [batch.branch_id, batch.month.number, batch.branch_id, batch.branch_id, batch.pk],
    )


def _clear_way(batch: ImportBatch, by: Person) -> None:
    """Delete what the file changes or no longer names; who is no longer named loses the slip that still waits."""
    staged = StagedRow.objects.filter(batch=batch, client_no=OuterRef("client__client_no"))
    booked = ClientMonth.objects.filter(branch=batch.branch, month=batch.month, client__branch=batch.branch)
    left = booked.filter(~Exists(staged)).values("client")
    own = ConfirmationSlip.objects.proposed().filter(branch=batch.branch, month=batch.month, client__in=left)
    void_proposed(clients=own.values("client"), by=by, reason="重新导入后本月没有这位客户")
    booked.filter(~Exists(staged.filter(change="same"))).delete()


def book_slips(batch: ImportBatch, by: Person, *, first_month: bool, known: bool) -> int:
    """A slip for each client without one whose row doesn't wait. Proposed ones of this month follow a corrected row. `known`: the
    branch has slips."""
    if any_proposed(branch=batch.branch_id, month=batch.month):
        waiting = ConfirmationSlip.objects.proposed().filter(branch=batch.branch, month=batch.month)
        rows = ClientMonth.objects.filter(branch=batch.branch, month=batch.month, exception="", manager__isnull=False)
        own = waiting.filter(client=OuterRef("client"))
        stale = rows.filter(Exists(own.exclude(manager=OuterRef("manager"))))
        void_proposed(clients=stale.values("client"), by=by, reason="重新导入后客户经理有变")
    if not (counted := _bare_rows(batch=batch.pk)):
        return 0
    ((bare,),) = counted
    wanted, params = _bare(batch, bare, known)
    with by_hashing(rows=bare if _is_most(bare, batch) else 0, least=FEW_ENOUGH):
        return propose_slips_for(
            branch=batch.branch,
            month=batch.month,
            wanted=wanted,
            params=params,
            count=None if known or batch.diff.get("same") or batch.diff.get("particulars") else bare,
            basis=Basis.OPENING if first_month else Basis.NEW,
            by=by,
        )


@Prepared
def _bare_rows(batch: Any) -> QuerySet[StagedRow, Any]:
    """How many staged rows have no relation and don't wait; nothing where there are none."""
    rows = StagedRow.objects.filter(batch=batch, marks__gte=BARE, exception="").order_by()
    return rows.values("batch").annotate(count=Count("source_row")).values_list("count")


def _bare(batch: ImportBatch, count: int, known: bool) -> tuple[str, list[Any]]:
    """Booked rows of the `count` staged ones without a relation in the month that count for their manager, as a query: of clients
    without a slip that stands and without any relation. `known`: the branch has slips. Few new clients among many known ones are
    looked up, each by its whole key, whatever the planner thinks of tables that were filled a moment ago."""
    clients = f"SELECT id FROM {table(Client)} WHERE branch_id = %s AND client_no = s.client_no"  # noqa: S608
    months = f"SELECT * FROM {table(ClientMonth)} m WHERE m.client_id = c.id AND m.month = %s"  # noqa: S608
    if connection.vendor == "postgresql" and not _is_most(count, batch):
        joined = f"CROSS JOIN LATERAL ({clients} LIMIT 1) c CROSS JOIN LATERAL ({months} LIMIT 1) m"
    else:
        joined = f"""JOIN {table(Client)} c ON c.branch_id = %s AND c.client_no = s.client_no
                     JOIN {table(ClientMonth)} m ON m.client_id = c.id AND m.branch_id = c.branch_id AND m.month = %s"""
    query = f"""SELECT m.client_id, m.manager_id, m.relation_kind, m.source_row
          FROM {table(StagedRow)} s {joined}
         WHERE s.batch_id = %s AND s.marks >= {BARE} AND s.exception = '' AND m.exception = '' AND m.manager_id IS NOT NULL"""  # noqa: S608
    if known:  # every relation rests on a slip
        slips, relations = table(ConfirmationSlip), table(Relation)
        standing = f"SELECT 1 FROM {slips} w WHERE w.client_id = m.client_id AND w.state IN ('{PROPOSED}', '{VALID}')"  # noqa: S608
        related = f"SELECT 1 FROM {relations} r WHERE r.client_id = m.client_id"  # noqa: S608
        query += f" AND {none_of(standing, rows=count)} AND {none_of(related, rows=count)}"
    return query, [batch.branch_id, batch.month.number, batch.pk]


def _is_most(count: int, batch: ImportBatch) -> bool:
    """So many of the batch's rows that reading all of them at once is quicker than looking these up."""
    return count * 4 > batch.rows


def book_sales(batch: ImportBatch) -> None:
    """The month's sales as the file has them; what was decided about an identical sale stays decided."""
    booked = ProductSale.objects.filter(branch=batch.branch, month=batch.month)
    decided: dict[tuple[Any, ...], list[ProductSale]] = defaultdict(list)
    for sale in booked.filter(~Q(resolution="") | Q(cleared_at__isnull=False)):
        decided[tuple(getattr(sale, key) for key in IDENTITY)].append(sale)
    booked.delete()
    staged = list(StagedSale.objects.filter(batch=batch).order_by("source_row"))
    accounts = _by_account(batch, {row.values["fund_account"] for row in staged})
    ProductSale.objects.bulk_create((_sale(batch, row, accounts, decided) for row in staged), batch_size=CHUNK)


def _by_account(batch: ImportBatch, wanted: Collection[str]) -> dict[str, int]:
    """Account → client: by the files themselves (an older month has older accounts), else by the client list."""
    clients = Client.objects.filter(branch=batch.branch).order_by()
    found = dict(clients.filter(fund_account__in=wanted).values_list("fund_account", "pk"))
    named = dict(StagedRow.objects.filter(batch=batch, fund_account__in=wanted).values_list("client_no", "fund_account"))
    found |= {named[no]: pk for no, pk in clients.filter(client_no__in=named).values_list("client_no", "pk")}
    return found


def _sale(
    batch: ImportBatch, row: StagedSale, accounts: dict[str, int], decided: dict[tuple[Any, ...], list[ProductSale]]
) -> ProductSale:
    values = dict(row.values)
    values["traded_on"], values["amount"] = date.fromisoformat(values["traded_on"]), Decimal(values["amount"])
    sale = ProductSale(
        branch=batch.branch,
        month=batch.month,
        source_row=row.source_row,
        client_id=accounts.get(values["fund_account"]),
        **values,
    )
    alike = decided.get(tuple(values[key] for key in IDENTITY))
    if alike:
        old = alike.pop()
        if old.resolution:  # one that was only cleared still waits, or counts, as the list and the roster have it now
            for name in ("exception", "resolution", "settled_to_id", "resolved_by_id", "resolved_at", "reason"):
                setattr(sale, name, getattr(old, name))
        sale.cleared_by_id, sale.cleared_at, sale.clearance = old.cleared_by_id, old.cleared_at, old.clearance
    return sale
