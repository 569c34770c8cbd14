"""The lines of earlier months on a slip: 补发, 扣回 and what is deducted with them. Nothing is written where nothing is due."""

from __future__ import annotations

from decimal import Decimal

from kernel.money import ZERO, total
from payroll.reckoning.adjustments import Arrear, Taken, settle
from payroll.reckoning.lines import EARLIER, EARLIER_DEDUCTIONS, Line
from payroll.reckoning.slip import Slip

ADJUSTMENT_LAW = "工资支付暂行规定第十六条; 总局公告2018年第61号(收入计入发放当月)"
ADJUSTMENT = "adjustment"
EARLIER_DEDUCTION = "earlier_deduction"


def write_adjustments(slip: Slip, limit: Decimal, words: str) -> tuple[Decimal, tuple[Arrear, ...]]:
    """补发补扣 of the month (signed) and the arrears after it. `limit` with its `words` bounds what is taken back."""
    due, arrears = slip.facts.adjustments, slip.carried.arrears
    if not due and not arrears:
        return ZERO, ()
    items, after = settle(due, arrears, limit)
    for item in items:
        slip.lines.append(_line(item, limit, words))
    amount = total(item.amount for item in items)
    slip.figures[EARLIER] = amount
    _deductions(slip)
    return amount, after


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


def _deductions(slip: Slip) -> None:
    for one in slip.facts.adjustments:
        if not one.deductions:
            continue
        slip.lines.append(
            Line(
                EARLIER_DEDUCTION,
                f"前期扣款差额 {one.month.label}({one.number})",
                one.deductions,
                "更正单 {number}:{month}差额:三险一金 {special}、增值税 {vat}、附加税费 {surtax}、税后扣款 {after_tax}",
                {
                    "number": one.number,
                    "month": one.month.label,
                    "special": one.special,
                    "vat": one.vat,
                    "surtax": one.surtax,
                    "after_tax": one.after_tax,
                    "slip": one.slip,
                },
                ADJUSTMENT_LAW,
            )
        )
    amount = total(one.deductions for one in slip.facts.adjustments)
    if amount:
        slip.figures[EARLIER_DEDUCTIONS] = amount
