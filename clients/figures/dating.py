"""What of a month's figures the rows date themselves: a client's opening day, a sale's trading day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import Count, Exists, F
from django.db.models.functions import Coalesce

from branch.org.models import Branch
from clients.bulk import exact
from clients.imports.kinds import SHARED
from clients.imports.models import ClientMonth, confirmed_relation
from clients.products.models import ProductSale
from kernel.money import ZERO
from kernel.months import Month

Days = dict[int, dict[date, tuple[int, Decimal]]]


def dated_values(branch: Branch, month: Month) -> Days:
    """Person id → day → accounts opened and yuan of products sold on that day.

    The same rows count as in `figures.queries.live_values`, so the days sum to its new_accounts and product_sales_amount.
    A trading day outside the month counts on the month's nearest day.
    """
    found: Days = {}
    opened = ClientMonth.objects.filter(
        branch=branch, month=month, opened_on__gte=month.first, opened_on__lte=month.last
    ).order_by()
    named = opened.filter(exception="", resolution="").filter(Exists(confirmed_relation()))
    settled = opened.filter(settled_to__isnull=False).exclude(resolution=SHARED)
    for rows in (named.annotate(earner=F("manager")), settled.annotate(earner=F("settled_to"))):
        for who, day, count in rows.values_list("earner", "opened_on").annotate(count=Count("pk")):
            _add(found, who, day, accounts=count)
    sales = ProductSale.objects.filter(branch=branch, month=month).counting().annotate(earner=Coalesce("settled_to", "manager"))
    for who, day, amount in sales.order_by().values_list("earner", "traded_on").annotate(total=exact("amount")):
        if who is not None:
            _add(found, who, min(max(day, month.first), month.last), sold=amount or ZERO)
    return found


def _add(found: Days, who: int, day: date, *, accounts: int = 0, sold: Decimal = ZERO) -> None:
    days = found.setdefault(who, {})
    before = days.get(day, (0, ZERO))
    days[day] = (before[0] + accounts, before[1] + sold)
