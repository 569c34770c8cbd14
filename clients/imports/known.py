"""What is known of a chunk of clients before their month is booked: one query for each question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery

from branch.org.models import Branch
from branch.prepared import Prepared
from clients.imports.models import ClientMonth
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


@Prepared
def _clients(branch: Any, month: Any, before: Any, client_nos: Any) -> QuerySet[Client, Any]:
    """Each client's own columns, the manager of its relation, of a slip that waits, and its row of the month before."""
    of_client = {"client": OuterRef("pk")}
    last = ClientMonth.objects.filter(month=before, **of_client).order_by()
    asked = {
        "related": Relation.objects.in_month(month).filter(**of_client).order_by().values("manager"),
        "proposed": ConfirmationSlip.objects.proposed().filter(month__lt=month, **of_client).order_by().values("manager"),
        "last_assets": last.values("closing_assets"),
        "last_manager": last.filter(exception="").values("manager"),
    }
    clients = Client.objects.filter(branch=branch, client_no__among=client_nos).order_by()
    known = clients.annotate(**{name: Subquery(rows[:1]) for name, rows in asked.items()})
    return known.values_list("pk", "client_no", "name", "kind", "fund_account", "opened_on", *asked)


def known_of(branch: Branch, month: Month, client_nos: Sequence[str], *, rebooking: bool) -> Known:
    """客户号 → facts, for those of `client_nos` that are known at all."""
    rows = _clients(branch=branch.pk, month=month, before=month.previous, client_nos=client_nos)
    booked = _booked(month, [row[0] for row in rows]) if rebooking and rows else {}
    return {
        client_no: ClientFacts(
            name=name,
            kind=kind,
            fund_account=account,
            opened_on=opened_on,
            expected_id=related or proposed or last_manager,
            has_relation=related is not None,
            last_assets=last_assets,
            booked=booked.get(pk),
        )
        for pk, client_no, name, kind, account, opened_on, related, proposed, last_assets, last_manager in rows
    }


def _booked(month: Month, ids: list[int]) -> dict[int, Booked]:
    rows = ClientMonth.objects.filter(month=month, client__in=ids).order_by()
    return {
        client: Booked(tuple(values), exception, resolution)
        for client, exception, resolution, *values in rows.values_list("client", "exception", "resolution", *BOOKED_COLUMNS)
    }
