"""What was settled outside the pay run as income tax sees it: wages of the day it was paid on, with the tax withheld then.

Source: 总局公告2018年第61号 第六条 (the sums are of the payer, whichever way wages are paid). It adds no month of employment: who
has left has none. Amounts are Decimal yuan; what is taken back is negative. Plain values, no Django.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO
from payroll.corrections.balances import WAIVED
from payroll.reckoning.tax import BrokerChain, SalaryChain, TaxTable

Chain = SalaryChain | BrokerChain


class Row(NamedTuple):
    """A confirmed settlement of what an employee's slip left. `tax` None: registered before it was asked for. `adjustment` is the
    key of the 补发补扣 it settles (None: lots or arrears); `gross` to `additional` are that one's amounts."""

    key: int
    item: str
    amount: Decimal
    day: date
    tax: Decimal | None
    how: str
    adjustment: int | None = None
    gross: Decimal | None = None
    deductions: Decimal | None = None
    special: Decimal | None = None
    additional: Decimal | None = None


@dataclass(frozen=True)
class Paid:
    """What one settlement adds to the year's sums: 应发, 三险一金 and 专项附加, tax withheld. `whole` is the adjustment that it
    settled to the end, with whose items the deductions go."""

    key: int
    day: date
    income: Decimal
    tax: Decimal
    special: Decimal = ZERO
    additional: Decimal = ZERO
    whole: int | None = None


def taxed(rows: Iterable[Row]) -> list[Paid]:
    """The settlements that count for income tax, in the order of their confirmation: not what was given up, and not what was
    registered without its tax."""
    so_far: dict[int, Decimal] = defaultdict(lambda: ZERO)
    found = []
    for row in rows:
        whole = False
        if row.adjustment is not None and row.gross is not None and row.deductions is not None:
            so_far[row.adjustment] += row.amount
            whole = so_far[row.adjustment] == row.gross - row.deductions
        if row.tax is not None and row.how != WAIVED:
            found.append(_paid(row, row.tax, whole=whole))
    return found


def _paid(row: Row, tax: Decimal, *, whole: bool) -> Paid:
    if row.item.endswith(":net"):  # owed out of 实发: the sums counted its 三险一金 when it fell due
        return Paid(row.key, row.day, ZERO, tax)
    if not whole:
        return Paid(row.key, row.day, row.amount, tax)
    income = row.amount + (row.deductions or ZERO)
    return Paid(row.key, row.day, income, tax, row.special or ZERO, row.additional or ZERO, row.adjustment)


def chain_after(chain: Chain | None, paid: Iterable[Paid]) -> Chain | None:
    """The chain with what was paid outside in its year or a later one. A later year's has `last_month` 0: no slip of it yet."""
    for one in sorted(paid, key=lambda one: one.day):
        if isinstance(chain, BrokerChain):
            return chain
        if chain is None or chain.year < one.day.year:
            chain = SalaryChain(one.day.year)
        if chain.year == one.day.year:
            chain = _with(chain, one)
    return chain


def _with(chain: SalaryChain, one: Paid) -> SalaryChain:
    return replace(
        chain,
        income=chain.income + one.income,
        special=chain.special + one.special,
        additional=chain.additional + one.additional,
        withheld=chain.withheld + one.tax,
    )


def due(chain: SalaryChain, one: Paid, table: TaxTable) -> Decimal:
    """What the cumulative sums would withhold of a payment; never below 0."""
    return max(table.tax(_with(chain, one).taxable) - chain.relief - chain.withheld, ZERO)
