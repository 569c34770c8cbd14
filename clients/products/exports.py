"""Product sales, to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from clients.products.forms import SaleFilter
from clients.products.models import SaleQuerySet
from clients.products.queries import sale_months
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("month", "月份", "month", 10),
    OutColumn("traded_on", "成交日期", "day", 12),
    OutColumn("product_code", "产品代码", width=12),
    OutColumn("product_name", "产品名称", width=22),
    OutColumn("product_level", "产品风险等级", width=12),
    OutColumn("client", "客户", width=12),
    OutColumn("account", "资金账号(掩码)", width=16),
    OutColumn("client_level", "客户风险等级", width=12),
    OutColumn("staff_no", "客户经理工号", width=12),
    OutColumn("manager", "客户经理", width=10),
    OutColumn("amount", "销售金额", "money", 16, total=True),
    OutColumn("suitable", "适当性", width=14),
    OutColumn("clearance", "核销说明", width=24),
)


def _rows(sales: SaleQuerySet) -> Iterator[dict[str, Any]]:
    for sale in sales.iterator(chunk_size=2000):
        yield {
            "month": sale.month,
            "traded_on": sale.traded_on,
            "product_code": sale.product_code,
            "product_name": sale.product_name,
            "product_level": sale.product_level,
            "client": sale.client_name,
            "account": sale.masked_account,
            "client_level": sale.client_level,
            "staff_no": sale.manager.staff_no if sale.manager else sale.manager_no,
            "manager": sale.manager.name if sale.manager else sale.manager_name,
            "amount": sale.amount,
            "suitable": "相符" if sale.suitable else "不符,已核销" if sale.cleared_at else "不符",
            "clearance": sale.clearance,
        }


def prepare(wanted: Wanted) -> Prepared:
    """The sales as the list filters them."""
    rows = usable(SaleFilter(wanted.query, months=sale_months(wanted.person))).rows(wanted.person)
    return as_prepared(wanted, Listing("产品销售", COLUMNS, _rows(rows), rows.count(), totals=True))


SALES = ExportKind("sales", "产品销售", prepare, takes=tuple(SaleFilter.base_fields), reaches=(Power.CLIENT_VIEW,))
