"""What is known of a chunk of clients before their month is booked: one query for each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from branch.org.models import Branch
from branch.people.models import Engagement
from clients.imports.models import ClientMonth
from clients.imports.rules import Manager
from clients.imports.sheets import MONEY_COLUMNS
from clients.registry.models import Client, ConfirmationSlip, Relation
from kernel.months import Month

BOOKED_COLUMNS = (
    "opened_on",
    "manager_no",
    "manager_name",
    "relation_kind",
    *(key for _, key in MONEY_COLUMNS),
    "is_valid",
)


class Booked(NamedTuple):
    values: tuple[Any, ...]
    exception: str
    resolution: str


@dataclass(frozen=True)
class ClientFacts:
    """`expected_id`: whose client it is by relation, waiting slip or last month; `last_assets`: 期末资产 of last month."""

    name: str
    kind: str
    fund_account: str
    opened_on: date
    expected_id: int | None
    has_relation: bool
    last_assets: Decimal | None
    booked: Booked | None

    def changed_columns(self, row: Any) -> list[str]:
        pairs = {
            "client_name": self.name,
            "client_kind": self.kind,
            "fund_account": self.fund_account,
            "opened_on": self.opened_on,
        }
        return [key for key, old in pairs.items() if getattr(row, key) != old]


Known = Mapping[str, ClientFacts]


def managers_of(branch: Branch) -> dict[str, Manager]:
    """工号 → manager, of everyone who ever worked for the branch as 员工 or 证券经纪人."""
    found: dict[str, Manager] = {}
    engaged = Engagement.objects.filter(branch=branch).order_by("hired_on")
    rows = engaged.values_list("person", "person__staff_no", "person__name", "hired_on", "ended_on")
    for pk, staff_no, name, hired_on, ended_on in rows:
        spans = found[staff_no].spans if staff_no in found else ()
        found[staff_no] = Manager(pk, staff_no, name, (*spans, (hired_on, ended_on)))
    return found


def known_of(branch: Branch, month: Month, client_nos: Sequence[str], *, rebooking: bool) -> Known:
    """客户号 → facts, for those of `client_nos` that are known at all."""
    clients = Client.objects.filter(branch=branch, client_no__in=client_nos).order_by()
    rows = list(clients.values_list("pk", "client_no", "name", "kind", "fund_account", "opened_on"))
    ids = [row[0] for row in rows]
    if not ids:
        return {}
    related = dict(Relation.objects.in_month(month).filter(client__in=ids).order_by().values_list("client", "manager"))
    waiting = ConfirmationSlip.objects.proposed().filter(client__in=ids, month__lt=month).order_by()
    proposed = dict(waiting.values_list("client", "manager"))
    last = _last_month(month, ids)
    booked = _booked(month, ids) if rebooking else {}
    return {
        client_no: ClientFacts(
            name=name,
            kind=kind,
            fund_account=account,
            opened_on=opened_on,
            expected_id=related.get(pk) or proposed.get(pk) or (last[pk][1] if pk in last else None),
            has_relation=pk in related,
            last_assets=last[pk][0] if pk in last else None,
            booked=booked.get(pk),
        )
        for pk, client_no, name, kind, account, opened_on in rows
    }


def _last_month(month: Month, ids: list[int]) -> dict[int, tuple[Decimal, int | None]]:
    rows = ClientMonth.objects.filter(month=month.previous, client__in=ids).order_by()
    return {
        client: (assets, manager if not exception else None)
        for client, assets, manager, exception in rows.values_list("client", "closing_assets", "manager", "exception")
    }


def _booked(month: Month, ids: list[int]) -> dict[int, Booked]:
    rows = ClientMonth.objects.filter(month=month, client__in=ids).order_by()
    return {
        client: Booked(tuple(values), exception, resolution)
        for client, exception, resolution, *values in rows.values_list("client", "exception", "resolution", *BOOKED_COLUMNS)
    }
