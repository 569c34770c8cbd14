"""What a branch's import stands on: its roster, the months that are booked, and a stamp of all that a pre-check has looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from branch.org.models import Branch
from branch.people.models import Engagement
from branch.prepared import Prepared, ask
from clients.bulk import table
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.rules import Manager
from clients.imports.states import BOOKED
from clients.products.models import Product, ProductProposal
from clients.registry.models import Client, ConfirmationSlip
from kernel.digests import digest
from kernel.months import Month

# a month's rows are looked for where a batch names it: one row is enough to know, the first of an index. In no order the month is
# read from its start until the branch's place as long as the statistics know of few branches
_MONTHS = f"""SELECT DISTINCT b.month FROM {table(ImportBatch)} b
               WHERE b.branch_id = %s AND (SELECT 1 FROM {table(ClientMonth)} m
                      WHERE m.branch_id = b.branch_id AND m.month = b.month ORDER BY m.manager_id LIMIT 1) IS NOT NULL"""  # noqa: S608
_LIST = ("products", "listed")
# the first client in the order of an index: without an order the table may be read from its start to the branch's place
_STANDING = f"""SELECT 'slips ' || state, count(*) FROM {table(ConfirmationSlip)} WHERE branch_id = %s GROUP BY state
          UNION ALL SELECT 'booked', max(id) FROM {table(ImportBatch)} WHERE branch_id = %s AND state = '{BOOKED}'
          UNION ALL SELECT '{_LIST[0]}', count(*) FROM {table(Product)}
          UNION ALL SELECT '{_LIST[1]}', count(*) FROM {table(ProductProposal)} WHERE state = '{ProductProposal.State.LISTED}'
          UNION ALL SELECT 'client', (SELECT id FROM {table(Client)} WHERE branch_id = %s ORDER BY client_no LIMIT 1)
          UNION ALL SELECT 'month', month FROM ({_MONTHS}) AS months"""  # noqa: S608


@dataclass(frozen=True)
class Standing:
    """`managers`: by 工号; `months`: those with client rows, oldest first; `clients`, `slips`: whether the branch has any.

    `stamp`: every change of a relation is one of a slip, and no two of them bring back the same counts: slips come and void ones
    stay, and so do the proposals by which a listed product changes.
    """

    managers: dict[str, Manager]
    months: list[Month]
    clients: bool
    slips: bool
    stamp: str

    def begins(self, month: Month) -> bool:
        """`month` is the branch's first, or will be."""
        return not self.months or self.months[0] == month


def hold(branch: Branch) -> None:
    """Until the transaction ends nobody else books for the branch, whatever the month: what a stamp covers is more than a month.

    Taken before any month's row.
    """
    _held(branch=branch.pk)


@Prepared
def _held(branch: Any) -> QuerySet[Branch, Any]:
    return Branch.objects.select_for_update(no_key=True).filter(pk=branch).order_by().values_list("pk")


def standing_of(branch: Branch, *, by_list: bool) -> Standing:
    """As it is committed at this moment. `by_list`: there are sales to be judged by the product list; the stamp covers it."""
    known = sorted(row for row in ask(_STANDING, [branch.pk] * 4) if by_list or row[0] not in _LIST)
    roster = _engaged(branch=branch.pk)
    return Standing(
        managers=_managers(roster),
        months=[Month.from_number(value) for what, value in known if what == "month"],
        clients=any(what == "client" and value for what, value in known),
        slips=any(what.startswith("slips ") for what, _ in known),
        stamp=digest([known, roster]),
    )


def booked_months(branch: Branch) -> list[Month]:
    """Months with client rows, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_MONTHS} ORDER BY b.month", [branch.pk])
        return [Month.from_number(number) for (number,) in cursor.fetchall()]


def managers_of(branch: Branch) -> dict[str, Manager]:
    """工号 → manager, of everyone who ever worked for the branch as 员工 or 证券经纪人."""
    return _managers(_engaged(branch=branch.pk))


@Prepared
def _engaged(branch: Any) -> QuerySet[Engagement, Any]:
    rows = Engagement.objects.filter(branch=branch).order_by("hired_on", "pk")
    return rows.values_list("person", "person__staff_no", "person__name", "hired_on", "ended_on")


def _managers(roster: list[tuple[Any, ...]]) -> dict[str, Manager]:
    found: dict[str, Manager] = {}
    for pk, staff_no, name, hired_on, ended_on in roster:
        spans = found[staff_no].spans if staff_no in found else ()
        found[staff_no] = Manager(pk, staff_no, name, (*spans, (hired_on, ended_on)))
    return found


__all__ = ["Standing", "booked_months", "hold", "managers_of", "standing_of"]
