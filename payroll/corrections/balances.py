"""What is left of a balance once a part of it was settled outside the pay run. Plain values, no Django.

Amounts are Decimal yuan before income tax: + the company owes the person, - the person owes the company. Whatever the order and
the parts, what was settled and what is left make up the balance, to the 分.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO, grouped, total
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning.adjustments import Adjustment, Arrear
from payroll.reckoning.deferral import Lot, release

ADJUSTMENT, ARREAR, LOTS = "adjustment", "arrear", "lots"
KINDS = {ADJUSTMENT: "补发补扣", ARREAR: "待扣余额", LOTS: "递延未发"}
TRANSFER, CASH, WAIVED = "transfer", "cash", "waived"
HOW = {TRANSFER: "转账", CASH: "现金", WAIVED: "放弃"}


def adjustment_key(row: int) -> str:
    return f"{ADJUSTMENT}:{row}"


def adjustment_of(key: str) -> int:
    """The row that `adjustment_key` named; 0 for another item."""
    kind, _, row = key.partition(":")
    return int(row) if kind == ADJUSTMENT and row.isdecimal() else 0


def arrear_key(arrear: Arrear) -> str:
    return f"{ARREAR}:{arrear.number}:{arrear.month}" + (":net" if arrear.of_net else "")


class Instalment(NamedTuple):
    """What falls due in a 所属月份, and the sum of all up to it."""

    month: Month
    amount: Decimal
    so_far: Decimal


def plan(lots: Iterable[Lot], last: Month, starts_after: int, settled: Decimal = ZERO) -> list[Instalment]:
    """How the lots would be paid month by month after `last`, were the person still here; without what `settled` covers."""
    found: list[Instalment] = []
    month, left, so_far = last, tuple(lots), -settled
    while left:
        month = month.next
        amount, _, left = release(left, month, starts_after=starts_after)
        so_far += amount
        if amount and so_far > 0:
            found.append(Instalment(month, min(amount, so_far), so_far))
    return found


def lots_after(lots: Iterable[Lot], settled: Decimal, last: Month, starts_after: int) -> tuple[Lot, ...]:
    """The lots once `settled` (≥ 0) has been paid out of them, the earliest instalments after `last` first."""
    month, left = last, tuple(lots)
    while left and settled > 0:
        month = month.next
        amount, due, following = release(left, month, starts_after=starts_after)
        if amount > settled:
            return _in_part(left, due, settled)
        settled, left = settled - amount, following
    return left


def _in_part(lots: tuple[Lot, ...], due: tuple[Lot, ...], amount: Decimal) -> tuple[Lot, ...]:
    """Less than a month's instalments was paid: it is taken off the lots that are due, oldest first; none is over by it."""
    found: list[Lot] = []
    for lot in lots:
        taken = min(lot.due, amount) if lot in due else ZERO
        amount -= taken
        if lot.balance != taken:
            found.append(replace(lot, balance=lot.balance - taken))
    return tuple(found)


def owed_of(one: Adjustment) -> Decimal:
    """What an adjustment comes to before income tax."""
    return one.gross - one.deductions


def adjustment_after(one: Adjustment, settled: Decimal) -> Adjustment | None:
    """What the pay run has still to settle of it; None when nothing is left. The deductions stay with the rest."""
    if not settled:
        return one
    if settled == owed_of(one):
        return None
    reason = f"{one.reason};已线下结清 {grouped(abs(settled))} 元"
    return replace(one, gross=one.gross - settled, reason=reason)


def divisible(one: Adjustment, part: Decimal) -> bool:
    """Whether the rest is still a difference of 应发 in the same direction: deductions can't be settled by parts."""
    return (one.gross - part) * one.gross > 0


def arrears_after(arrears: Iterable[Arrear], settled: Mapping[str, Decimal]) -> tuple[Arrear, ...]:
    """The arrears less what was settled of them by key (≤ 0); what is settled whole is gone."""
    left = (replace(one, balance=one.balance + settled.get(arrear_key(one), ZERO)) for one in arrears)
    return tuple(one for one in left if one.balance > 0)


def lots_total(lots: Iterable[Lot]) -> Decimal:
    return total(lot.balance for lot in lots)


def part_of(left: Decimal, amount: Decimal) -> Decimal:
    """`amount` (> 0) with the direction of what is left. Raises Refusal where it is more, or nothing, or no 分."""
    if amount <= 0 or amount != amount.quantize(Decimal("0.01")):
        raise Refusal("金额应是大于 0 的数,最多两位小数")
    if amount > abs(left):
        raise Refusal(f"这一项只剩 {grouped(abs(left))} 元没有结清,不能登记 {grouped(amount)} 元", code="more_than_owed")
    return amount if left > 0 else -amount
