"""What earlier months still owe or are owed: 补发 and 扣回 of corrected months, taken up in the month that is paid now.

Sources: 个人所得税法 and 总局公告2018年第61号 (income belongs to the month of payment; a corrected month is caught up in the
cumulative sums); 工资支付暂行规定 art. 16 (what is taken from a month's wage keeps to a share and leaves the minimum wage).
Amounts are Decimal yuan; 扣回 is negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from kernel.money import ZERO, total, yuan
from kernel.months import Month


@dataclass(frozen=True, slots=True)
class Adjustment:
    """The difference of one person's corrected month. `key` is its row; `number` the correction's; `month` the month concerned,
    `slip` its slip (None where the person had none: 漏发).

    `gross` is the difference of 应发. The others follow from it or stand beside it: 三险一金, 专项附加, 增值税, 附加税费 and what
    is taken after tax (其他扣款, 风险金); more to be deducted is positive.
    `parts`: by item what belongs where: OWN (adds up to `special`) and COMPANY of 三险一金, ADDITIONAL; {} where nobody knew.
    """

    key: int
    number: str
    month: Month
    slip: int | None
    reason: str
    gross: Decimal = ZERO
    special: Decimal = ZERO
    additional: Decimal = ZERO
    vat: Decimal = ZERO
    surtax: Decimal = ZERO
    after_tax: Decimal = ZERO
    parts: Mapping[str, Mapping[str, Decimal]] = field(default_factory=dict)

    @property
    def deductions(self) -> Decimal:
        """What is deducted more (or less) from 应发 on the way to 实发, apart from income tax."""
        return self.special + self.vat + self.surtax + self.after_tax

    def as_dict(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"key": self.key, "number": self.number, "month": str(self.month)}
        kept |= {"slip": self.slip, "reason": self.reason} | {name: str(getattr(self, name)) for name in AMOUNTS}
        return kept | ({"parts": parts_as_text(self.parts)} if self.parts else {})

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Adjustment:
        amounts = {name: Decimal(data[name]) for name in AMOUNTS}
        month = Month.parse(data["month"])
        parts = parts_from_text(data.get("parts", {}))
        return cls(data["key"], data["number"], month, data["slip"], data["reason"], **amounts, parts=parts)


OWN, COMPANY, ADDITIONAL = "个人", "单位", "专项附加"


def parts_as_text(parts: Mapping[str, Mapping[str, Decimal]]) -> dict[str, dict[str, str]]:
    return {side: {item: str(amount) for item, amount in items.items()} for side, items in parts.items()}


def parts_from_text(kept: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, Decimal]]:
    return {side: {item: Decimal(text) for item, text in items.items()} for side, items in kept.items()}


AMOUNTS = ("gross", "special", "additional", "vat", "surtax", "after_tax")


@dataclass(frozen=True, slots=True)
class Arrear:
    """待扣余额: what is still to be taken back of one corrected month.

    `of_net`: owed out of 实发 (前期扣款差额), so that taking it lessens no income; otherwise out of 应发.
    """

    number: str
    month: Month
    slip: int | None
    balance: Decimal
    of_net: bool = False

    def as_dict(self) -> dict[str, Any]:
        kept = {"number": self.number, "month": str(self.month), "slip": self.slip, "balance": str(self.balance)}
        return kept | ({"of_net": True} if self.of_net else {})  # left out where not: digests of before stay what they were

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Arrear:
        month, balance = Month.parse(data["month"]), Decimal(data["balance"])
        return cls(data["number"], month, data["slip"], balance, data.get("of_net", False))


class Taken(NamedTuple):
    """One item as this month settles it: `amount` of what was `owed` (both negative where it is taken from the person).

    `of` is the adjustment it comes from; None where it was carried on from the month before.
    """

    number: str
    month: Month
    slip: int | None
    reason: str
    owed: Decimal
    amount: Decimal
    of: Adjustment | None = None

    @property
    def rest(self) -> Decimal:
        """What is carried on, ≥ 0."""
        return self.amount - self.owed


def settle(due: Iterable[Adjustment], arrears: Iterable[Arrear], limit: Decimal) -> tuple[list[Taken], tuple[Arrear, ...]]:
    """Pay what is owed to the person, then take back, oldest first, what that and `limit` (≥ 0) allow; the rest is carried on."""
    return _settled([(one, one.gross) for one in due], [one for one in arrears if not one.of_net], limit, of_net=False)


def settle_deductions(
    due: Iterable[Adjustment], arrears: Iterable[Arrear], limit: Decimal
) -> tuple[list[Taken], tuple[Arrear, ...]]:
    """The same of what is deducted after 应发: what was too much is given back, the rest taken as far as `limit` goes."""
    return _settled([(one, -one.deductions) for one in due], [one for one in arrears if one.of_net], limit, of_net=True)


def _settled(
    due: Iterable[tuple[Adjustment, Decimal]], arrears: Iterable[Arrear], limit: Decimal, *, of_net: bool
) -> tuple[list[Taken], tuple[Arrear, ...]]:
    items = [Taken(one.number, one.month, one.slip, "上月结转的待扣余额", -one.balance, ZERO) for one in arrears]
    items += [Taken(one.number, one.month, one.slip, one.reason, owed, ZERO, one) for one, owed in due if owed]
    items.sort(key=lambda item: (item.month, item.number))
    paid = [item._replace(amount=item.owed) for item in items if item.owed > 0]
    room = total(one.amount for one in paid) + max(limit, ZERO)
    taken: list[Taken] = []
    for item in items:
        if item.owed < 0:
            amount = max(item.owed, -room)
            room += amount
            taken.append(item._replace(amount=amount + ZERO))
    left = tuple(Arrear(one.number, one.month, one.slip, one.rest, of_net) for one in taken if one.rest)
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
