"""What earlier months still owe or are owed: 补发 and 扣回 of corrected months, taken up in the month that is paid now.

Sources: 个人所得税法 and 总局公告2018年第61号 (income belongs to the month of payment; a corrected month is caught up in the
cumulative sums); 工资支付暂行规定 art. 16 (what is taken from a month's wage keeps to a share and leaves the minimum wage).
Amounts are Decimal yuan; 扣回 is negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from kernel.money import ZERO, total, yuan
from kernel.months import Month


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The difference of one person's corrected month. `key` is its row; `number` the correction's; `month` the month concerned.

    `gross` is the difference of 应发. The others follow from it or stand beside it: 三险一金, 专项附加, 增值税, 附加税费 and what
    is taken after tax (其他扣款, 风险金); more to be deducted is positive.
    """

    key: int
    number: str
    month: Month
    slip: int
    reason: str
    gross: Decimal = ZERO
    special: Decimal = ZERO
    additional: Decimal = ZERO
    vat: Decimal = ZERO
    surtax: Decimal = ZERO
    after_tax: Decimal = ZERO

    @property
    def deductions(self) -> Decimal:
        """What is deducted more (or less) from 应发 on the way to 实发, apart from income tax."""
        return self.special + self.vat + self.surtax + self.after_tax

    def as_dict(self) -> dict[str, Any]:
        return {"key": self.key, "number": self.number, "month": str(self.month), "slip": self.slip, "reason": self.reason} | {
            name: str(getattr(self, name)) for name in AMOUNTS
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Adjustment:
        amounts = {name: Decimal(data[name]) for name in AMOUNTS}
        month = Month.parse(data["month"])
        return cls(data["key"], data["number"], month, data["slip"], data["reason"], **amounts)


AMOUNTS = ("gross", "special", "additional", "vat", "surtax", "after_tax")


@dataclass(frozen=True, slots=True)
class Arrear:
    """待扣余额: what is still to be taken back of one corrected month."""

    number: str
    month: Month
    slip: int
    balance: Decimal

    def as_dict(self) -> dict[str, Any]:
        return {"number": self.number, "month": str(self.month), "slip": self.slip, "balance": str(self.balance)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Arrear:
        return cls(data["number"], Month.parse(data["month"]), data["slip"], Decimal(data["balance"]))


class Taken(NamedTuple):
    """One item as this month settles it: `amount` of what was `owed` (both negative for 扣回)."""

    number: str
    month: Month
    slip: int
    reason: str
    owed: Decimal
    amount: Decimal

    @property
    def rest(self) -> Decimal:
        """What is carried on, ≥ 0."""
        return self.amount - self.owed


def settle(due: Iterable[Adjustment], arrears: Iterable[Arrear], limit: Decimal) -> tuple[list[Taken], tuple[Arrear, ...]]:
    """Pay what is owed to the person, then take back, oldest first, what that and `limit` (≥ 0) allow; the rest is carried on."""
    items = [(arrear.number, arrear.month, arrear.slip, "上月结转的待扣余额", -arrear.balance) for arrear in arrears]
    items += [(one.number, one.month, one.slip, one.reason, one.gross) for one in due if one.gross]
    items.sort(key=lambda item: (item[1], item[0]))
    paid = [Taken(*item, item[4]) for item in items if item[4] > 0]
    room = total(one.amount for one in paid) + max(limit, ZERO)
    taken: list[Taken] = []
    for item in items:
        if item[4] < 0:
            amount = max(item[4], -room)
            room += amount
            taken.append(Taken(*item, amount + ZERO))
    left = tuple(Arrear(one.number, one.month, one.slip, one.rest) for one in taken if one.rest)
    return sorted([*paid, *taken], key=lambda one: (one.month, one.number)), _together(left)


def _together(arrears: Iterable[Arrear]) -> tuple[Arrear, ...]:
    """One balance a correction and month."""
    found: dict[tuple[str, Month], Arrear] = {}
    for arrear in arrears:
        key = (arrear.number, arrear.month)
        before = found.get(key)
        found[key] = arrear if before is None else replace(before, balance=before.balance + arrear.balance)
    return tuple(found.values())


def recoverable(wage: Decimal, share: Decimal, taken: Decimal, keep: Decimal) -> Decimal:
    """How much may be taken back from a month's wage: the share, less what damages took, and never below `keep`."""
    return max(min(yuan(wage * share) - taken, wage - taken - keep), ZERO)
