"""Reading sales."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from branch.prepared import Prepared
from clients.products.models import Product, ProductProposal, ProductSale, ProposalQuerySet, SaleQuerySet
from kernel.months import Month
from kernel.refusals import Unknown

LABELS = {"name": "产品名称", "risk": "风险等级", "stopped_from": "停售日"}  # of what a change may change


@dataclass(frozen=True)
class SaleFact:
    """One sale as payroll needs it. `row` is the row in the month's file, `amount` in yuan, the levels as C3 and R2."""

    row: int
    product_code: str
    amount: Decimal
    suitable: bool
    client_level: str
    product_level: str


def sales_of(branch: Branch, month: Month) -> dict[int, list[SaleFact]]:
    """Person id → the month's sales that count for that person, in the order of the file."""
    found: dict[int, list[SaleFact]] = defaultdict(list)
    for settled_to, manager, *facts in _counting(branch=branch.pk, month=month):
        if earner := settled_to or manager:
            found[earner].append(SaleFact(*facts))
    return dict(found)


@Prepared
def _counting(branch: Any, month: Any) -> QuerySet[ProductSale, Any]:
    rows = ProductSale.objects.filter(branch=branch, month=month).counting().order_by("source_row")
    facts = ("source_row", "product_code", "amount", "suitable", "client_level", "product_level")
    return rows.values_list("settled_to", "manager", *facts)


def sales_for(
    person: Person, *, month: Month | None = None, suitable: str = "", product: str = "", manager: str = ""
) -> SaleQuerySet:
    """The sales this person may see. `suitable`: no (open mismatches), cleared, or empty for all."""
    rows = ProductSale.objects.visible_to(person)
    if month is not None:
        rows = rows.filter(month=month)
    if suitable == "no":
        rows = rows.filter(suitable=False, cleared_at=None)
    elif suitable == "cleared":
        rows = rows.filter(suitable=False).exclude(cleared_at=None)
    if product:
        rows = rows.filter(product_code=product)
    if manager:
        rows = rows.filter(manager__staff_no=manager)
    return rows.select_related("client", "manager", "settled_to", "cleared_by").order_by("-month", "source_row")


def listed_products() -> dict[str, date | None]:
    """Code → 停售日, as `rules.off_the_list` takes it."""
    return dict(Product.objects.order_by().values_list("code", "stopped_from"))


def product_for(product_id: int) -> Product:
    """One of the list. Raises Unknown."""
    found = Product.objects.filter(pk=product_id).first()
    if found is None:
        raise Unknown("产品名单里没有这个产品")
    return found


def differences(proposal: ProductProposal, listed: Mapping[str, Product]) -> list[tuple[str, str, str]]:
    """(field, as it is listed, as it is to be) of a waiting change, in words; `listed`: the products by code."""
    product = listed.get(proposal.code)
    if product is None or proposal.kind != ProductProposal.Kind.CHANGE:
        return []
    return [
        (LABELS[name], _in_words(name, now), _in_words(name, after))
        for name, now in product.content.items()
        if (after := getattr(proposal, name)) != now
    ]


def _in_words(name: str, value: Any) -> str:
    return ("在售" if value is None else f"{value:%Y-%m-%d} 起停售") if name == "stopped_from" else str(value)


def in_one_line(changes: Iterable[tuple[str, str, str]]) -> str:
    """Differences in one line: 停售日 在售 → 2026-12-01 起停售;…"""
    return ";".join(f"{label} {now} → {after}" for label, now, after in changes)


def proposals_for(person: Person) -> ProposalQuerySet:
    """What waits for a second person where this one proposes or confirms."""
    return ProductProposal.objects.visible_to(person).waiting().select_related("branch", "proposed_by", "decided_by")


def being_changed() -> set[str]:
    """Codes of listed products of which a change waits, whichever branch asked for it; meanwhile no other can be proposed."""
    changes = ProductProposal.objects.waiting().filter(kind=ProductProposal.Kind.CHANGE)
    return set(changes.order_by().values_list("code", flat=True))


def to_confirm(person: Person) -> ProposalQuerySet:
    """What waits for this very person: not the own proposals, and changes for 渠道管理部 alone."""
    far = reach(person, Power.PRODUCT_CONFIRM)
    rows = ProductProposal.objects.waiting().filter(far.branch_rows()).exclude(proposed_by=person)
    return rows if far.company else rows.exclude(kind=ProductProposal.Kind.CHANGE)


def proposal_for(person: Person, proposal_id: int) -> ProductProposal:
    """One proposal the person may see. Raises Unknown."""
    rows = ProductProposal.objects.visible_to(person).select_related("branch", "proposed_by", "decided_by")
    found = rows.filter(pk=proposal_id).first()
    if found is None:
        raise Unknown("没有这项产品登记,或不在您的权限范围内")
    return found


def sale_for(person: Person, sale_id: int) -> ProductSale:
    """One sale the person may see. Raises Unknown."""
    found = ProductSale.objects.visible_to(person).select_related("branch", "client", "manager").filter(pk=sale_id).first()
    if found is None:
        raise Unknown("没有这笔销售,或不在您的查看范围内")
    return found


def sale_months(person: Person) -> list[Month]:
    """Months with sales this person may see, newest first."""
    return list(ProductSale.objects.visible_to(person).order_by("-month").values_list("month", flat=True).distinct())
