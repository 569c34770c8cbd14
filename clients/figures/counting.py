"""For whom a row counts, and the sums of what counts: a look at what a branch's month has, and one grouped statement.

The one place that says it, in three sets without a row in common: a client row without an exception counts for the manager it
names, if a confirmed relation covers the month; one that was settled counts for whom it was settled to; a sale for its earner.
Where two share a client (分工), the row counts for its earner as any other; the partner's part of its income is then moved over.
Written by hand: a page, an export, a lock and every branch's close ask it, and for a few thousand rows the ORM takes as long to
put the question as the database to answer it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from branch.org.models import Branch
from branch.prepared import ask
from clients.bulk import LARGE, by_hashing, cents, table
from clients.figures.rules import DIVIDED, SUMS, opening_span
from clients.imports.kinds import SHARED
from clients.imports.models import ClientMonth
from clients.products.models import ProductSale
from clients.registry.models import Client, Division, Relation
from clients.registry.rules import shared
from kernel.months import Month

CLIENTS = ("clients_end", "new_accounts", "new_valid_accounts", *SUMS, "net_new_assets_raw")
SALES = ("product_sales_amount", "unsuitable_sales_amount")
_COUNTS = 3  # the first of CLIENTS
Values = dict[str, str | int | list[int] | None]  # of a statement, by name
_STANDING = """d.branch_id = %(branch)s AND NOT d.void
           AND d.from_month <= %(month)s AND (d.to_month IS NULL OR d.to_month >= %(month)s)"""


# never valid before: neither here nor as another client of the same account (ADR 0102). Asked of the few new ones, one by one: of
# subqueries that end with a LIMIT none is made a join or a hash, which would read all earlier months
_NEVER_VALID = f"""(
      SELECT 1 FROM {table(ClientMonth)} e
       WHERE e.client_id = m.client_id AND e.is_valid AND e.month < %(month)s LIMIT 1) IS NULL
   AND (
      SELECT 1 FROM {table(Client)} o
       WHERE o.fund_account = (SELECT a.fund_account FROM {table(Client)} a WHERE a.id = m.client_id)
         AND o.id <> m.client_id
         AND (SELECT 1 FROM {table(ClientMonth)} e
               WHERE e.client_id = o.id AND e.is_valid AND e.month < %(month)s LIMIT 1) IS NOT NULL
       LIMIT 1) IS NULL"""  # noqa: S608
_NEW = "m.is_valid AND m.opened_on BETWEEN %(since)s AND %(until)s"


@dataclass
class Counted:
    """What counts in a month. `sums`: (person id, figure → count or yuan), a person perhaps twice; `confirmed`: client rows that
    count for the manager they name. Of everybody (not of one person) also what there is: client rows, those and sales that nobody
    has decided about."""

    sums: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    confirmed: int = 0
    rows: int = 0
    open_rows: int = 0
    open_sales: int = 0

    @property
    def complete(self) -> bool:
        """Every row counts for somebody or was decided about."""
        return self.open_rows == self.confirmed and not self.open_sales


@dataclass
class _There:
    """What a month has: managers its client rows name, persons they were settled to, how many rows (of one person: not asked),
    whether any sale and any division."""

    named: set[int]
    settled: set[int]
    rows: int = 0
    sales: bool = True
    divisions: bool = True

    def parts(self, person_id: int | None, given: Values) -> list[str]:
        """The statements of what there is, their values into `given`: one that finds nothing takes its time as well."""
        return [
            *([_settled(self.settled, given)] if self.settled else []),
            *([_sold(person_id)] if self.sales else []),
            *([_divided(person_id)] if self.divisions else []),
            *(_confirmed(self.named, self.rows, given) if self.named else []),
        ]


def count(branch: Branch, month: Month, since: date, person_id: int | None = None) -> Counted:
    """The month's sums by earner, of everybody or of one person. `since`: the first opening day that counts as new and valid."""
    first, last = opening_span(month, since)
    given: Values = {"branch": branch.pk, "month": month.number, "person": person_id}
    given |= {
        "first": month.first.isoformat(),
        "last": month.last.isoformat(),
        "since": first.isoformat(),
        "until": last.isoformat(),
    }
    found = Counted()
    there = _There({person_id}, {person_id}) if person_id is not None else _there(given, found)
    parts = there.parts(person_id, given)
    for kind, earner, *amounts in _asked(" UNION ALL ".join(parts), given, there.rows) if parts else ():
        if kind == "divided":
            moved = _moved(earner, amounts)
            found.sums += [part for part in moved if person_id in (None, part[0])]
            continue
        found.sums.append((earner, _figures(kind, amounts)))
        found.confirmed += amounts[0] if kind == "named" else 0
    return found


def _asked(statement: str, given: Values, rows: int) -> list[tuple[Any, ...]]:
    if rows < LARGE:
        return ask(statement, given)
    with transaction.atomic(), by_hashing():
        return ask(statement, given)


def _moved(earner: int, amounts: list[Any]) -> list[tuple[int, dict[str, Any]]]:
    """The partner's part of one client's income, taken from the row's earner."""
    developer, service_person, hundredths = amounts[:_COUNTS]
    whole = dict(zip(DIVIDED, map(_yuan, amounts[_COUNTS:]), strict=False))
    parts = {name: shared(amount, Decimal(hundredths).scaleb(-2)) for name, amount in whole.items()}
    partner, which = (service_person, 1) if earner == developer else (developer, 0)
    over = {name: part[which] for name, part in parts.items()}
    return [(partner, over), (earner, {name: -amount for name, amount in over.items()})]


def _there(given: Values, found: Counted) -> _There:
    """What the branch's month has, by one look at it; `found` is told how much. Relations are then found by their managers, not
    client by client."""
    rows = ask(
        f"""SELECT 'rows', m.manager_id, count(*), 0
              FROM {table(ClientMonth)} m WHERE m.branch_id = %(branch)s AND m.month = %(month)s GROUP BY m.manager_id
            UNION ALL
            SELECT 'decided', m.settled_to_id, count(*), 0
              FROM {table(ClientMonth)} m WHERE m.branch_id = %(branch)s AND m.month = %(month)s AND m.resolution <> ''
             GROUP BY m.settled_to_id
            UNION ALL
            SELECT 'sales', NULL, count(*), count(*) FILTER (WHERE s.exception <> '' AND s.resolution = '')
              FROM {table(ProductSale)} s WHERE s.branch_id = %(branch)s AND s.month = %(month)s
            UNION ALL
            SELECT 'divisions', NULL, count(*), 0 FROM {table(Division)} d WHERE {_STANDING}""",  # noqa: S608
        given,
    )
    there, decided = _There(set(), set()), 0
    for kind, person_id, count, undecided in rows:
        if kind == "sales":
            there.sales, found.open_sales = bool(count), undecided
        elif kind == "divisions":
            there.divisions = bool(count)
        elif kind == "rows":
            there.named.add(person_id)
            there.rows += count
        else:
            there.settled.add(person_id)
            decided += count
    found.rows, found.open_rows = there.rows, there.rows - decided
    there.named.discard(None)
    there.settled.discard(None)
    return there


def _figures(kind: str, amounts: list[Any]) -> dict[str, int | Decimal]:
    if kind == "sold":
        return dict(zip(SALES, map(_yuan, amounts[_COUNTS : _COUNTS + len(SALES)]), strict=True))
    return dict(zip(CLIENTS, [*amounts[:_COUNTS], *map(_yuan, amounts[_COUNTS:])], strict=True))


def _confirmed(managers: set[int], rows: int, given: Values) -> list[str]:
    """As `imports.models.confirmed_relation` says it. `IS TRUE` has a branch's few thousand rows looked up in a hash of their
    managers' relations: a join may merge the two by manager alone (his clients squared).

    A great many rows are joined with the relations and summed on several processors. PostgreSQL does so only where nothing is
    asked row by row, so the new and valid accounts are counted apart.
    """
    relations = f"""{table(Relation)} r WHERE r.from_month <= %(month)s AND (r.to_month IS NULL OR r.to_month >= %(month)s)
                     AND r.manager_id {_span(managers, given) or _among(managers, "managers", given)}"""
    open_ones = "m.exception = '' AND m.resolution = ''"
    if rows < LARGE:
        is_related = f"((m.client_id, m.manager_id) IN (SELECT r.client_id, r.manager_id FROM {relations})) IS TRUE"  # noqa: S608
        return [_of_clients("named", "manager_id", f"{open_ones} AND {is_related}")]
    related = f"SELECT 1 FROM {relations} AND r.client_id = m.client_id AND r.manager_id = m.manager_id"  # noqa: S608
    return [
        _of_clients("named", "manager_id", f"{open_ones} AND EXISTS ({related})", fresh="0"),
        _fresh(open_ones, f"({related} LIMIT 1) IS NOT NULL"),
    ]


def _fresh(which: str, related: str) -> str:
    """Of a great many rows the new and valid accounts by whom they name, and nothing else."""
    none = ", ".join("0" for _ in CLIENTS[_COUNTS:])
    return f"""
        SELECT * FROM (
          WITH m AS MATERIALIZED (
            SELECT m.client_id, m.manager_id FROM {table(ClientMonth)} m
             WHERE m.branch_id = %(branch)s AND m.month = %(month)s AND {which} AND {_NEW})
          SELECT 'named', m.manager_id, 0, 0, count(*), {none} FROM m
           WHERE {related} AND {_NEVER_VALID}
           GROUP BY m.manager_id) f"""  # noqa: S608


def _span(people: set[int], given: Values) -> str:
    """Few others' relations are read along where the people came in one after the other; each is still compared with its row."""
    first, last = min(people), max(people)
    if last - first >= 2 * len(people):
        return ""
    given |= {"first_manager": first, "last_manager": last}
    return "BETWEEN %(first_manager)s AND %(last_manager)s"


def _among(people: set[int], name: str, given: Values) -> str:
    if connection.vendor != "postgresql":
        return f"IN ({', '.join(str(int(person_id)) for person_id in people)})"
    given[name] = sorted(people)
    return f"= ANY(%({name})s)"


def _settled(people: set[int], given: Values) -> str:
    """By the index of what was settled; the sum keeps the branch's own out of it, which would read all rows of the month. One
    that was settled as 转户 is new with the other client of its account, if at all (ADR 0103)."""
    which = f"m.settled_to_id {_among(people, 'settled', given)}"
    return _of_clients("settled", "settled_to_id", which, branch="m.branch_id + 0", new=f"m.resolution <> '{SHARED}' AND ")


def _of_clients(kind: str, earner: str, which: str, *, branch: str = "m.branch_id", new: str = "", fresh: str = "") -> str:
    """Counts and sums of client rows. `new`: what else makes an account new; `fresh`: in place of the new and valid ones."""
    fresh = fresh or f"count(*) FILTER (WHERE {new}{_NEW} AND {_NEVER_VALID})"
    amounts = ", ".join(_sum(f"m.{column}") for column in SUMS.values())
    return f"""
        SELECT '{kind}', m.{earner}, count(*), count(*) FILTER (WHERE {new}m.opened_on BETWEEN %(first)s AND %(last)s), {fresh},
               {amounts}, {_sum("m.assets_in - m.assets_out")}
          FROM {table(ClientMonth)} m
         WHERE {branch} = %(branch)s AND m.month = %(month)s AND {which}
         GROUP BY m.{earner}"""  # noqa: S608


def _sold(person_id: int | None) -> str:
    """As `SaleQuerySet.counting` says it."""
    earner = "coalesce(s.settled_to_id, s.manager_id)"
    whose = f"{earner} {'IS NOT NULL' if person_id is None else '= %(person)s'}"
    none = ", ".join("0" for _ in CLIENTS[_COUNTS + len(SALES) :])
    return f"""
        SELECT 'sold', {earner}, 0, 0, 0, {_sum("s.amount")},
               coalesce({_sum("s.amount")} FILTER (WHERE NOT s.suitable), 0), {none}
          FROM {table(ProductSale)} s
         WHERE s.branch_id = %(branch)s AND s.month = %(month)s AND {whose}
           AND ((s.exception = '' AND s.resolution = '') OR s.settled_to_id IS NOT NULL)
         GROUP BY {earner}"""  # noqa: S608


def _divided(person_id: int | None) -> str:
    """The rows of divided clients, one by one: parts are rounded client by client. A row that was settled to a third person is
    that person's alone."""
    mine = "" if person_id is None else "AND %(person)s IN (d.developer_id, d.service_person_id)"
    pair = "(d.developer_id, d.service_person_id)"
    amounts = ", ".join(_one(f"m.{SUMS[name]}") for name in DIVIDED)
    none = ", ".join("0" for _ in CLIENTS[_COUNTS + len(DIVIDED) :])
    return f"""
        SELECT 'divided', coalesce(m.settled_to_id, m.manager_id), d.developer_id, d.service_person_id,
               CAST(ROUND(d.developer_percent * 100) AS INTEGER), {amounts}, {none}
          FROM {table(Division)} d JOIN {table(ClientMonth)} m ON m.client_id = d.client_id
         WHERE {_STANDING} {mine}
           AND m.branch_id = %(branch)s AND m.month = %(month)s
           AND (m.settled_to_id IN {pair} OR (m.exception = '' AND m.resolution = '' AND m.manager_id IN {pair} AND EXISTS (
             SELECT 1 FROM {table(Relation)} r
              WHERE r.client_id = m.client_id AND r.manager_id = m.manager_id
                AND r.from_month <= %(month)s AND (r.to_month IS NULL OR r.to_month >= %(month)s))))"""  # noqa: S608


def _one(amount: str) -> str:
    """A single amount, as `_sum` gives its sums."""
    return amount if connection.vendor != "sqlite" else f"CAST(ROUND({amount} * 100) AS INTEGER)"


def _sum(amount: str) -> str:
    """As `clients.bulk.ExactSum`: whole 分 where decimals are kept as floats."""
    return f"sum({amount})" if connection.vendor != "sqlite" else f"sum(CAST(ROUND(({amount}) * 100) AS INTEGER))"


def _yuan(amount: Decimal | int) -> Decimal:
    return cents(amount) if isinstance(amount, int) else amount
