"""Plain rules of the figures: what is counted, and which accounts count as new and valid."""

from __future__ import annotations

from datetime import date

from kernel.months import Month

OPENED_FROM = date(2026, 8, 1)  # default of the parameter figures.opened_from
COUNT_WITHIN = 3  # the opening month and the two after it

SUMS: dict[str, str] = {  # figure: column of the client's row
    "turnover": "turnover",
    "gross_commission": "gross_commission",
    "net_commission": "net_commission",
    "other_net_income": "margin_income",
    "assets_end": "closing_assets",
}
DIVIDED = (
    "turnover",
    "gross_commission",
    "net_commission",
    "other_net_income",
)  # what 分工 shares: income, not clients or assets
COUNTS = ("clients_end", "new_accounts", "new_valid_accounts")
MONEY = (*SUMS, "net_new_assets_raw", "net_new_assets", "product_sales_amount", "unsuitable_sales_amount")
FIGURES = (*COUNTS, *MONEY)
LABELS = {
    "clients_end": "期末客户数",
    "new_accounts": "新开户数",
    "new_valid_accounts": "新增有效户",
    "turnover": "股基交易量",
    "gross_commission": "佣金收入",
    "net_commission": "净佣金收入",
    "other_net_income": "两融息差收入",
    "assets_end": "期末资产",
    "net_new_assets_raw": "资产净流入",
    "net_new_assets": "净新增资产",
    "product_sales_amount": "产品销售额",
    "unsuitable_sales_amount": "其中适当性不符",
}


def opening_span(month: Month, opened_from: date) -> tuple[date, date]:
    """Opening days whose accounts may count as new and valid in `month`: M, M−1 or M−2, and not before `opened_from`."""
    return max(opened_from, (month + (1 - COUNT_WITHIN)).first), month.last
