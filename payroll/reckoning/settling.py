"""The lines of earlier months on a slip: 补发, 扣回 and what is deducted with them. Nothing is written where nothing is due."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO, total
from payroll.reckoning.adjustments import COMPANY, Arrear, Taken, settle, settle_deductions
from payroll.reckoning.insurance import LABELS
from payroll.reckoning.lines import EARLIER, EARLIER_DEDUCTIONS, Line
from payroll.reckoning.slip import Slip

ADJUSTMENT_LAW = "工资支付暂行规定第十六条; 总局公告2018年第61号(收入计入发放当月)"
ADJUSTMENT = "adjustment"
EARLIER_DEDUCTION = "earlier_deduction"
EARLIER_COMPANY = "earlier_company"


class Settled(NamedTuple):
    """补发补扣 of the month (signed), the arrears after it, and what the month's bound leaves for 前期扣款差额 (≥ 0).

    `words` say what the bound is.
    """

    amount: Decimal
    arrears: tuple[Arrear, ...]
    room: Decimal
    words: str


def write_adjustments(slip: Slip, limit: Decimal, words: str) -> Settled:
    """What corrected earlier months add to 应发 or take from it. `limit` with its `words` bounds what is taken back."""
    due, arrears = slip.facts.adjustments, slip.carried.arrears
    if not due and not arrears:
        return Settled(ZERO, (), limit, words)
    items, after = settle(due, arrears, limit)
    for item in items:
        slip.lines.append(_line(item, limit, words))
    amount = total(item.amount for item in items)
    slip.figures[EARLIER] = amount
    return Settled(amount, after, limit + amount, words)


def write_deductions(slip: Slip, settled: Settled, left: Decimal) -> tuple[Decimal, tuple[Arrear, ...]]:
    """前期扣款差额 (more is positive) and the arrears after it. `left` is 实发 without it: one bound holds for all that a month
    gives back, and 实发 is never brought below 0 by it."""
    due, arrears = slip.facts.adjustments, slip.carried.arrears
    if not due and not arrears:
        return ZERO, ()
    limit = max(min(settled.room, left), ZERO)
    items, after = settle_deductions(due, arrears, limit)
    for item in items:
        slip.lines.append(_deduction(item, limit, settled.words))
    amount = -total(item.amount for item in items) + ZERO
    if amount:
        slip.figures[EARLIER_DEDUCTIONS] = amount
    return amount, after


def write_company_share(slip: Slip, employer: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The company's side of the month by item, with what corrected earlier months change in it: paid in and booked with it."""
    months = [one for one in slip.facts.adjustments if one.parts.get(COMPANY)]
    if not months:
        return dict(employer)
    for one in months:
        items = one.parts[COMPANY]
        given = {
            "number": one.number,
            "month": one.month.label,
            "items": ",".join(f"{item} {amount:,f}" for item, amount in items.items()),
            "slip": one.slip,
        }
        label = f"单位社保公积金差额 {one.month.label}({one.number})"
        template = "更正单 {number}:{month}单位承担的差额 {items};由单位补缴或退回,不在应发和实发之内"
        slip.lines.append(Line(EARLIER_COMPANY, label, total(items.values()), template, given, ADJUSTMENT_LAW))
    every = [employer, *(one.parts[COMPANY] for one in months)]
    sums = {item: total(amounts[item] for amounts in every if item in amounts) for item in dict.fromkeys(LABELS.values())}
    return {item: amount for item, amount in sums.items() if any(item in amounts for amounts in every)}


def _line(item: Taken, limit: Decimal, words: str) -> Line:
    given = {
        "month": item.month.label,
        "number": item.number,
        "reason": item.reason,
        "owed": abs(item.owed),
        "taken": abs(item.amount),
        "rest": item.rest,
        "limit": limit,
        "slip": item.slip,
    }
    if item.owed > 0:
        return Line(
            ADJUSTMENT,
            f"补发 {item.month.label}({item.number})",
            item.amount,
            "更正单 {number}:{month}少发 {owed} 元({reason});计入本次发放的收入",
            given,
            ADJUSTMENT_LAW,
        )
    template = "更正单 {number}:{month}多发 {owed} 元({reason});冲减本次发放的收入,本月扣回 {taken} 元"
    if item.rest:
        template += f"(本月可扣 {{limit}} 元:{words}),余 {{rest}} 元以后各月再扣"
    return Line(ADJUSTMENT, f"扣回 {item.month.label}({item.number})", item.amount, template, given, ADJUSTMENT_LAW)


def _deduction(item: Taken, limit: Decimal, words: str) -> Line:
    one = item.of
    parts = {"special": one.special, "vat": one.vat, "surtax": one.surtax, "after_tax": one.after_tax} if one else {}
    template = (
        "更正单 {number}:{month}差额:三险一金 {special}、增值税 {vat}、附加税费 {surtax}、税后扣款 {after_tax}"
        if one
        else "更正单 {number}:{month}扣款差额,上月结转的待扣余额 {owed} 元"
    )
    if item.rest:
        template += f";本月扣 {{taken}} 元(连同扣回还可扣 {{limit}} 元:{words},且实发不低于 0),余 {{rest}} 元以后各月再扣"
    given = {
        "number": item.number,
        "month": item.month.label,
        "owed": abs(item.owed),
        "taken": abs(item.amount),
        "rest": item.rest,
        "limit": limit,
        "slip": item.slip,
    }
    label = f"前期扣款差额 {item.month.label}({item.number})"
    return Line(EARLIER_DEDUCTION, label, -item.amount + ZERO, template, given | parts, ADJUSTMENT_LAW)
