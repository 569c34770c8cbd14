"""The registry's writes by the thousand: one statement each, whatever the number of rows. Runs inside the caller's act."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from branch.org.models import Branch
from branch.people.models import Person
from branch.prepared import ask, do
from branch.serials.actions import draw
from clients.bulk import table
from clients.registry.models import ConfirmationSlip, Relation
from clients.registry.states import PROPOSED
from kernel.months import Month

_COLUMNS = (
    "branch_id, month, number, serial, client_id, manager_id, relation_kind, basis, state, effective_month, "
    "created_by_id, created_at, reason"
)


def propose_slips_for(
    *, branch: Branch, month: Month, wanted: str, params: list[Any], count: int | None, basis: str, by: Person
) -> int:
    """A slip for each row of the query `wanted` (client_id, manager_id, relation_kind, source_row), in the order of source_row;
    numbers drawn as one block. `count`: how many rows that is, where it is known without asking. Returns how many."""
    if count is None:
        ((count,),) = ask(f"SELECT count(*) FROM ({wanted}) q", params)  # noqa: S608
    if not count:
        return 0
    numbers = draw("confirmation_slip", scope=branch.code, period=str(month.number), count=count)
    written = do(
        f"""INSERT INTO {table(ConfirmationSlip)} ({_COLUMNS})
                SELECT %s, %s, n, %s || {_four("n")}, client_id, manager_id, relation_kind, %s, %s, %s,
                       (SELECT id FROM {table(Person)} WHERE id = %s), %s, ''
                  FROM (SELECT q.*, %s + row_number() OVER (ORDER BY source_row) AS n FROM ({wanted}) q) AS numbered
                 ORDER BY n""",  # noqa: S608
        [
            *(branch.pk, month.number, f"{month.number}-{branch.code}-", basis, PROPOSED, month.number, by.pk),
            *(_moment(timezone.now()), numbers.start - 1, *params),
        ],
    )
    if written != count:
        raise RuntimeError(f"{count} numbers drawn, {written} slips written")
    return count


def relate(slips: QuerySet[ConfirmationSlip]) -> int:
    """An open relation for each of the slips. Returns how many."""
    wanted, params = (
        slips.order_by().values("client_id", "manager_id", "relation_kind", "effective_month", "pk").query.sql_with_params()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table(Relation)} (client_id, manager_id, kind, from_month, slip_id) {wanted}",
            params,
        )
        return int(cursor.rowcount)


def _four(number: str) -> str:
    """At least four digits, as `rules.serial` writes them."""
    if connection.vendor == "postgresql":
        return f"CASE WHEN {number} < 10000 THEN lpad({number}::text, 4, '0') ELSE {number}::text END"
    return f"printf('%%04d', {number})"


def _moment(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value)
