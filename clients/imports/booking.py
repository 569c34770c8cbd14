"""From staged to booked, set by set: clients, their month, sales, proposed slips. Runs inside the act's transaction."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from branch.people.models import Person
from clients.imports.known import BOOKED_COLUMNS
from clients.imports.models import ClientMonth, ImportBatch, StagedRow, StagedSale
from clients.imports.sales import IDENTITY
from clients.products.models import ProductSale
from clients.registry.actions import Proposal, propose_slips, void_proposed
from clients.registry.models import Client, ConfirmationSlip, Relation

Basis = ConfirmationSlip.Basis
CHUNK = 1000


def _table(model: Any) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def book_clients(batch: ImportBatch) -> int:
    """Clients the file is the first to name; changed particulars of known ones. Returns how many are new."""
    params = [batch.branch_id, batch.pk, batch.branch_id]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {_table(Client)}
                  (branch_id, client_no, name, initials, kind, fund_account, account_tail, opened_on)
                SELECT %s, s.client_no, s.client_name, s.initials, s.client_kind, s.fund_account,
                       substr(s.fund_account, CASE WHEN length(s.fund_account) > 4 THEN length(s.fund_account) - 3 ELSE 1 END),
                       s.opened_on
                  FROM {_table(StagedRow)} s
                 WHERE s.batch_id = %s AND NOT EXISTS (
                       SELECT 1 FROM {_table(Client)} c WHERE c.branch_id = %s AND c.client_no = s.client_no)""",  # noqa: S608
            params,
        )
        new = cursor.rowcount
    _update_particulars(batch)
    return int(new)


def _update_particulars(batch: ImportBatch) -> None:
    staged = StagedRow.objects.filter(batch=batch, client_no=OuterRef("client_no"))
    same = staged.filter(
        client_name=OuterRef("name"),
        client_kind=OuterRef("kind"),
        fund_account=OuterRef("fund_account"),
        opened_on=OuterRef("opened_on"),
    )
    named = Client.objects.filter(Exists(staged), branch=batch.branch).exclude(Exists(same))
    changed = {client.client_no: client for client in named}
    for row in StagedRow.objects.filter(batch=batch, client_no__in=changed):
        client = changed[row.client_no]
        client.name, client.initials, client.kind = row.client_name, row.initials, row.client_kind
        client.fund_account, client.account_tail, client.opened_on = row.fund_account, row.fund_account[-4:], row.opened_on
    Client.objects.bulk_update(
        changed.values(), ["name", "initials", "kind", "fund_account", "account_tail", "opened_on"], batch_size=200
    )


def book_rows(batch: ImportBatch, by: Person) -> None:
    """The month's rows: what changed or went is deleted, what is new or changed comes in by one statement."""
    month, number = batch.month, batch.month.number
    kept = StagedRow.objects.filter(batch=batch, change="same").values("client_no")
    gone = ClientMonth.objects.filter(branch=batch.branch, month=month).exclude(client__client_no__in=kept)
    left = list(
        gone.exclude(client__client_no__in=StagedRow.objects.filter(batch=batch).values("client_no")).values_list(
            "client", flat=True
        )
    )
    gone.delete()
    own = ConfirmationSlip.objects.proposed().filter(branch=batch.branch, month=month, client__in=left)
    void_proposed(clients=own.values_list("client", flat=True), by=by, reason="重新导入后本月没有这位客户")
    columns = ", ".join(BOOKED_COLUMNS)
    staged = ", ".join(f"s.{column}" for column in BOOKED_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO {_table(ClientMonth)}
                  (branch_id, month, client_id, batch_id, source_row, manager_id, expected_id, exception,
                   resolution, reason, {columns})
                SELECT %s, %s, c.id, s.batch_id, s.source_row, s.manager_id, s.expected_id, s.exception,
                       '', '', {staged}
                  FROM {_table(StagedRow)} s
                  JOIN {_table(Client)} c ON c.branch_id = %s AND c.client_no = s.client_no
                 WHERE s.batch_id = %s AND s.change <> 'same'
                 ORDER BY s.source_row""",  # noqa: S608
            [batch.branch_id, number, batch.branch_id, batch.pk],
        )


def book_slips(batch: ImportBatch, by: Person, *, first_month: bool) -> int:
    """A slip for each client without one whose row doesn't wait. Proposed ones of this month follow a corrected row."""
    rows = ClientMonth.objects.filter(branch=batch.branch, month=batch.month, exception="", manager__isnull=False)
    own = ConfirmationSlip.objects.proposed().filter(client=OuterRef("client"), month=batch.month)
    stale = rows.filter(Exists(own.exclude(manager=OuterRef("manager"))))
    void_proposed(clients=stale.values_list("client", flat=True), by=by, reason="重新导入后客户经理有变")
    standing = ConfirmationSlip.objects.standing().filter(client=OuterRef("client"))
    related = Relation.objects.filter(client=OuterRef("client"))
    bare = rows.exclude(Exists(standing)).exclude(Exists(related)).order_by("source_row")
    return propose_slips(
        branch=batch.branch,
        month=batch.month,
        proposals=(Proposal(*row) for row in bare.values_list("client", "manager", "relation_kind")),
        basis=Basis.OPENING if first_month else Basis.NEW,
        by=by,
    )


def book_sales(batch: ImportBatch) -> None:
    """The month's sales as the file has them; what was decided about an identical sale stays decided."""
    booked = ProductSale.objects.filter(branch=batch.branch, month=batch.month)
    decided: dict[tuple[Any, ...], list[ProductSale]] = defaultdict(list)
    for sale in booked.filter(~Q(resolution="") | Q(cleared_at__isnull=False)):
        decided[tuple(getattr(sale, key) for key in IDENTITY)].append(sale)
    booked.delete()
    staged = list(StagedSale.objects.filter(batch=batch).order_by("source_row"))
    wanted = [row.values["fund_account"] for row in staged]
    accounts = dict(Client.objects.filter(branch=batch.branch, fund_account__in=wanted).values_list("fund_account", "pk"))
    ProductSale.objects.bulk_create((_sale(batch, row, accounts, decided) for row in staged), batch_size=CHUNK)


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
        for name in ("exception", "resolution", "settled_to_id", "resolved_by_id", "resolved_at", "reason"):
            setattr(sale, name, getattr(old, name))
        sale.cleared_by_id, sale.cleared_at, sale.clearance = old.cleared_by_id, old.cleared_at, old.clearance
    return sale
