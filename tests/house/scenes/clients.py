"""Before the addresses of clients: November handed in, booked, confirmed or locked; an exception that waits, a sale."""

from __future__ import annotations

from typing import Any

from clients.figures.actions import lock
from clients.imports.actions import import_files, precheck
from clients.imports.kinds import EXCLUDE
from clients.imports.models import ClientMonth
from clients.imports.resolving import resolve_rows
from clients.imports.sheets import Upload
from clients.products.models import ProductSale
from clients.registry.actions import confirm_relations, void_slip
from clients.registry.models import ConfirmationSlip
from tests.factories.branch import People
from tests.factories.clients import client_row, csv_file, sale_row, sales_csv
from tests.house.matrix_things import OWNER
from tests.house.scenes.setting import NOVEMBER, Things, before

FINANCE, TRADE = "600002", "600001"
NOBODY = "699999"  # a 工号 that no client manager has


def _november(row: dict[str, str]) -> dict[str, str]:
    return row | {"月份": str(NOVEMBER)}


def _file(people: People, *more: dict[str, str]) -> Upload:
    """November's clients: a new one of the owner's, and `more`."""
    own = {"客户经理工号": OWNER, "客户经理": people[OWNER].name}
    rows = [client_row("2990000001", **own), *more]
    return csv_file([_november(row) for row in rows], name="客户明细.csv")


@before("clients:import-new")
def at_hand(people: People) -> Things:
    """November's file."""
    file = _file(people)
    return {"clients_file": (file.name, file.content)}


@before("clients:import-confirm", "clients:import-drop", "clients:import-recheck")
def checked(people: People) -> Things:
    """It was handed in and waits for its confirmation."""
    batch = precheck(files=[_file(people)], branch=people.branch, by=people[TRADE]).batch
    assert batch is not None
    return {"batch": batch.pk}


@before("clients:slip-confirm", "clients:slip-void")
def booked(people: People) -> Things:
    """It is booked: the new client's slip waits."""
    import_files(files=[_file(people)], branch=people.branch, by=people[TRADE])
    return {"month": NOVEMBER, "slip": ConfirmationSlip.objects.get(month=NOVEMBER).pk}


@before("clients:exception-review")
def slip_voided(people: People) -> Things:
    """Booked, and the new client's slip void: nothing proposes another but a further look."""
    things = booked(people)
    void_slip(slip_id=things["slip"], reason="测试", by=people[TRADE])
    return things


@before("clients:figures-lock")
def complete(people: People) -> Things:
    """Booked and confirmed: nothing waits."""
    things = booked(people)
    confirm_relations(branch=people.branch, month=NOVEMBER, by=people[TRADE])
    return things


@before("clients:figures-unlock")
def locked(people: People) -> Things:
    """Locked, and nothing rests on it."""
    things = complete(people)
    lock(branch=people.branch, month=NOVEMBER, by=people[FINANCE])
    return things


@before("clients:exception-resolve", "clients:exception-resolve-sales")
def exceptions(people: People) -> Things:
    """A client and a sale of somebody who isn't there."""
    stranger: dict[str, Any] = {"客户经理工号": NOBODY, "客户经理": "查无此人"}
    sales = sales_csv([_november(sale_row(成交日期=f"{NOVEMBER}-12", **stranger))])
    files = [_file(people, client_row("2990000002", **stranger)), sales]
    import_files(files=files, branch=people.branch, by=people[TRADE])
    row, sale = ClientMonth.objects.filter(month=NOVEMBER).waiting().get(), ProductSale.objects.waiting().get(month=NOVEMBER)
    return {"month": NOVEMBER, "client_month": row.pk, "sale": sale.pk}


@before("clients:exception-reopen")
def resolved(people: People) -> Things:
    """The client's row was set aside, which both may take back."""
    things = exceptions(people)
    given = {"branch": people.branch, "month": NOVEMBER, "ids": [things["client_month"]]}
    resolve_rows(**given, how=EXCLUDE, reason="测试", by=people[TRADE])
    return things


@before("clients:sale-clear")
def unsuitable(people: People) -> Things:
    """A sale to a client of a lower level than the product's."""
    sale = ProductSale.objects.filter(branch=people.branch).first()
    assert sale is not None
    ProductSale.objects.filter(pk=sale.pk).update(suitable=False, client_level="C2", product_level="R4")
    return {"sale": sale.pk}
