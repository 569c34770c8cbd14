"""What an expense may be, and when a month's expenses are too much of its income. Plain functions of plain values."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from kernel.money import CENT, ZERO, half_up
from kernel.refusals import Refusal

KINDS = ("场地", "物料", "交通", "招待", "宣传", "培训", "其他")  # reference data: what every installation begins with
LARGEST = Decimal("9999999.99")  # one expense of a team; more is a slip of the pen
GIFTS = ("礼品", "礼物", "礼金", "礼券", "礼盒", "购物卡", "购物券", "红包", "返佣", "返还佣金", "佣金返还", "回扣", "好处费")
LAW = "《证券经纪业务管理办法》(证监会令第204号)"


def require_lawful(text: str) -> None:
    """No gifts to clients, no rebates: not as a kind, not as an activity. Raises Refusal."""
    found = next((word for word in GIFTS if word in text), None)
    if found is not None:
        raise Refusal(f"“{found}”不能列支:{LAW}不允许向投资者赠送礼品或返还佣金。宣传资料请记在“物料”或“宣传”", code="gift")


def require_entry(*, day: date, amount: Decimal, activity: str, today: date) -> None:
    """A day that has come, an amount of more than nothing, an activity that says what it was for. Raises Refusal."""
    if day > today:
        raise Refusal(f"费用日期 {day} 还没有到,发生以后再登记", code="future")
    if amount <= 0 or amount != amount.quantize(CENT):
        raise Refusal("金额要大于 0 元,最多两位小数", code="bad_amount")
    if amount > LARGEST:
        raise Refusal(f"一笔费用 {amount:,.2f} 元大得不合常理,请核对单位是万元还是元", code="too_large")
    if not activity.strip():
        raise Refusal("请写明是什么活动的费用", code="no_activity")
    require_lawful(activity)


def rate(spent: Decimal, income: Decimal | None) -> Decimal | None:
    """费用/净收入, a share with four places; None where the income is not known or not above nought."""
    return half_up(spent / income, 4) if income is not None and income > 0 else None


def is_over(spent: Decimal, income: Decimal | None, limit: Decimal) -> bool:
    """More than `limit` (0.30: 30 %) of the income; without any income whatever was spent is too much. Not known is not over."""
    return income is not None and spent > max(income, ZERO) * limit
