"""Individual income tax: the withholding tables, the cumulative chains of salaries and of brokers, and the single payments.

Sources: 个人所得税法; 总局公告2018年第61号 (累计预扣法, 劳务报酬); 公告2020年第13号 and 第19号;
财税〔2018〕164号 (全年一次性奖金, 证券经纪人佣金收入, 一次性补偿). Amounts are Decimal yuan, the law's figures dated parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from operator import attrgetter
from typing import Any, NamedTuple

from kernel.money import ZERO, Number, decimal, yuan
from kernel.months import Month
from kernel.refusals import Refusal

SALARY = "salary"
BROKER = "broker"


class TaxRow(NamedTuple):
    """A row of a table: income up to and including `up_to` (None: without end) × `rate` − `quick` (速算扣除数)."""

    up_to: Decimal | None
    rate: Decimal
    quick: Decimal


class TaxTable(tuple[TaxRow, ...]):
    """The rows of one table in rising order."""

    __slots__ = ()

    @classmethod
    def of(cls, rows: Sequence[Sequence[Number | None]]) -> TaxTable:
        """From a parameter's value: `[[36000, "0.03", 0], …, [null, "0.45", 181920]]`."""
        table = cls(
            TaxRow(None if up_to is None else decimal(up_to), decimal(rate or 0), decimal(quick or 0))
            for up_to, rate, quick in rows
        )
        bounds = [row.up_to for row in table]
        if not table or bounds[-1] is not None or any(bound is None for bound in bounds[:-1]):
            raise Refusal("税率表的最后一行必须不设上限,其余各行必须写明上限", code="bad_table")
        limits = [bound for bound in bounds if bound is not None]
        if any(lower >= upper for lower, upper in pairwise(limits)):
            raise Refusal("税率表的各级上限必须由小到大", code="bad_table")
        return table

    def row(self, amount: Decimal) -> TaxRow:
        """The row `amount` falls in; the first one when it is 0 or negative."""
        for row in self:
            if row.up_to is None or amount <= row.up_to:
                return row
        raise AssertionError("a table ends with an open row")

    def tax(self, amount: Decimal) -> Decimal:
        """Half-up tax on `amount`, never below 0."""
        row = self.row(amount)
        return yuan(max(amount * row.rate - row.quick, ZERO))


class Withheld(NamedTuple):
    """One step of a chain: cumulative taxable income, the row it falls in, tax before relief, tax to withhold now."""

    cum_taxable: Decimal
    rate: Decimal
    quick: Decimal
    cum_tax: Decimal
    tax: Decimal


def _decimals(chain: Any) -> dict[str, Any]:
    names, values = _parts(chain.__class__)
    return dict(zip(names, [str(value) if type(value) is Decimal else value for value in values(chain)], strict=True))


@cache
def _parts(kind: Any) -> tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]]]:
    """A chain's fields, and what reads them all at once."""
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


def _plain_values(data: Mapping[str, Any]) -> dict[str, Any]:
    """Texts become decimals again; the whole numbers and flags of the state stay."""
    given = {name: value for name, value in data.items() if name != "kind"}
    return {name: value if isinstance(value, bool | int) else Decimal(value) for name, value in given.items()}


@dataclass(frozen=True, slots=True)
class SalaryChain:
    """累计预扣 of one employee, one payer, one tax year, after the payment of `last_month` (0: none yet).

    `employed_from` is the month of the year from which employment counts, `basic_start` the one from which 5,000 a month counts
    (1 under 公告13号), `lump` whether 60,000 stands in place of it (公告19号). Both begin later by the months that somebody who
    came back was not employed. The sums are cumulative yuan.
    """

    year: int
    employed_from: int = 1
    basic_start: int = 1
    lump: bool = False
    last_month: int = 0
    income: Decimal = ZERO
    exempt: Decimal = ZERO
    basic: Decimal = ZERO
    special: Decimal = ZERO
    additional: Decimal = ZERO
    other: Decimal = ZERO
    relief: Decimal = ZERO
    withheld: Decimal = ZERO

    @property
    def taxable(self) -> Decimal:
        return self.income - self.exempt - self.basic - self.special - self.additional - self.other

    def months_at(self, month: int) -> int:
        """任职受雇月份数 at the payment of `month`."""
        return max(month - self.employed_from + 1, 0)

    def months_added(self, month: int, away: int = 0) -> int:
        """Months that 专项附加 counts anew at the payment of `month`: 1; at a joiner's first payment those since hire. `away`: as
        many of the year lie between two engagements and count in neither."""
        before = self.months_at(self.last_month) if self.last_month else 0
        return max(self.months_at(month) - away - before, 0)

    def resumed(self, away: int, *, from_january: bool = False) -> SalaryChain:
        """The chain of somebody who came back after `away` months of the year in which they were no employee here: these are not
        任职受雇月份 (公告2018年第61号). 公告13号 counts the months of the year, employed or not."""
        start = self.basic_start if from_january else self.basic_start + away
        return replace(self, employed_from=self.employed_from + away, basic_start=start) if away else self

    def as_dict(self) -> dict[str, Any]:
        return {"kind": SALARY, **_decimals(self)}


@dataclass(frozen=True, slots=True)
class BrokerChain:
    """累计预扣 of one broker's commission. `net_income` is without VAT, `income_amount` = net − 20 % (收入额)."""

    year: int
    employed_from: int = 1
    basic_start: int = 1
    lump: bool = False
    last_month: int = 0
    net_income: Decimal = ZERO
    income_amount: Decimal = ZERO
    development_cost: Decimal = ZERO
    surtax: Decimal = ZERO
    basic: Decimal = ZERO
    other: Decimal = ZERO
    relief: Decimal = ZERO
    withheld: Decimal = ZERO

    @property
    def taxable(self) -> Decimal:
        return self.income_amount - self.basic - self.development_cost - self.surtax - self.other

    def months_at(self, month: int) -> int:
        return max(month - self.employed_from + 1, 0)

    def resumed(self, away: int) -> BrokerChain:
        """The same of a broker's 从业月份."""
        return replace(self, employed_from=self.employed_from + away, basic_start=self.basic_start + away) if away else self

    def as_dict(self) -> dict[str, Any]:
        return {"kind": BROKER, **_decimals(self)}


def chain_from_dict(data: Mapping[str, Any]) -> SalaryChain | BrokerChain:
    """The chain kept as JSON. Raises ValueError for a kind that is none."""
    if data["kind"] == SALARY:
        return SalaryChain(**_plain_values(data))
    if data["kind"] == BROKER:
        return BrokerChain(**_plain_values(data))
    raise ValueError(f"不是税款累计的种类:{data['kind']}")


def starting_months(hire_month: Month, payment_month: Month, *, from_january: bool = False) -> tuple[int, int]:
    """(employed_from, basic_start) of a chain begun in the year of `payment_month`; one hired before that year counts from 1."""
    employed_from = hire_month.month if hire_month.year == payment_month.year else 1
    return employed_from, 1 if from_january else employed_from


def _opened(chain: SalaryChain | BrokerChain, month: int) -> None:
    if month < chain.last_month:
        raise Refusal(f"{chain.year} 年 {chain.last_month} 月的工资已经发放,不能再按 {month} 月发放", code="month_passed")


def _basic(chain: SalaryChain | BrokerChain, month: int, basic_month: Decimal, lump_amount: Decimal) -> Decimal:
    return lump_amount if chain.lump else basic_month * max(month - chain.basic_start + 1, 0)


def _due(chain: SalaryChain | BrokerChain, basic: Decimal, grown: Decimal, relief: Decimal, table: TaxTable) -> Withheld:
    """What to withhold when the sums before 减除费用 have grown to `grown` and the relief to `relief`."""
    taxable = grown - basic
    row = table.row(taxable)
    cum_tax = yuan(max(taxable * row.rate - row.quick, ZERO))
    return Withheld(taxable, row.rate, row.quick, cum_tax, max(cum_tax - relief - chain.withheld, ZERO))


def salary_step(
    chain: SalaryChain,
    table: TaxTable,
    month: int,
    *,
    basic_month: Decimal,
    lump_amount: Decimal,
    income: Decimal,
    exempt: Decimal = ZERO,
    special: Decimal = ZERO,
    additional: Decimal = ZERO,
    other: Decimal = ZERO,
    relief: Decimal = ZERO,
) -> tuple[SalaryChain, Withheld]:
    """One payment in `month` of the chain's year: the chain after it, what to withhold. `income` includes the exempt part."""
    _opened(chain, month)
    basic = _basic(chain, month, basic_month, lump_amount)
    before_basic = chain.taxable + chain.basic + income - exempt - special - additional - other
    due = _due(chain, basic, before_basic, chain.relief + relief, table)
    after = SalaryChain(
        year=chain.year,
        employed_from=chain.employed_from,
        basic_start=chain.basic_start,
        lump=chain.lump,
        last_month=month,
        income=chain.income + income,
        exempt=chain.exempt + exempt,
        basic=basic,
        special=chain.special + special,
        additional=chain.additional + additional,
        other=chain.other + other,
        relief=chain.relief + relief,
        withheld=chain.withheld + due.tax,
    )
    return after, due


class BrokerStep(NamedTuple):
    """What one payment adds to a broker's chain."""

    expense: Decimal
    income_amount: Decimal
    development_cost: Decimal
    withheld: Withheld


def broker_step(
    chain: BrokerChain,
    table: TaxTable,
    month: int,
    *,
    basic_month: Decimal,
    lump_amount: Decimal,
    expense_rate: Decimal,
    development_cost_rate: Decimal,
    net: Decimal,
    surtax: Decimal = ZERO,
    other: Decimal = ZERO,
    relief: Decimal = ZERO,
) -> tuple[BrokerChain, BrokerStep]:
    """One payment of `net` (without VAT): 费用 and 展业成本 are rounded month by month, the surtaxes are deductible."""
    _opened(chain, month)
    expense = yuan(net * expense_rate)
    income_amount = net - expense
    cost = yuan(income_amount * development_cost_rate)
    basic = _basic(chain, month, basic_month, lump_amount)
    before_basic = chain.taxable + chain.basic + income_amount - cost - surtax - other
    due = _due(chain, basic, before_basic, chain.relief + relief, table)
    after = BrokerChain(
        year=chain.year,
        employed_from=chain.employed_from,
        basic_start=chain.basic_start,
        lump=chain.lump,
        last_month=month,
        net_income=chain.net_income + net,
        income_amount=chain.income_amount + income_amount,
        development_cost=chain.development_cost + cost,
        surtax=chain.surtax + surtax,
        basic=basic,
        other=chain.other + other,
        relief=chain.relief + relief,
        withheld=chain.withheld + due.tax,
    )
    return after, BrokerStep(expense, income_amount, cost, due)


def annual_bonus(bonus: Decimal, monthly_table: TaxTable) -> Decimal:
    """全年一次性奖金 taxed apart: bonus ÷ 12 finds the row, the quick deduction is taken once."""
    row = monthly_table.row(bonus / 12)
    return yuan(max(bonus * row.rate - row.quick, ZERO))


def bonus_trap(bonus: Decimal, monthly_table: TaxTable) -> str | None:
    """A Chinese warning when a smaller bonus would leave the person more, else None."""
    here = monthly_table.row(bonus / 12)
    below = [row for row in monthly_table if row.up_to is not None and row.up_to * 12 < bonus and row.rate < here.rate]
    if not below:
        return None
    bound = below[-1].up_to * 12 if below[-1].up_to is not None else ZERO
    lost = (bound - annual_bonus(bound, monthly_table)) - (bonus - annual_bonus(bonus, monthly_table))
    if lost <= 0:
        return None
    return f"年终奖 {bonus:,.2f} 元落入加税区间:改发 {bound:,.2f} 元,税后反而多 {lost:,.2f} 元"


def labour_service(payment: Decimal, table: TaxTable, *, small_up_to: Decimal, fixed: Decimal, rate: Decimal) -> Decimal:
    """一般劳务报酬, one payment: minus `fixed` up to `small_up_to`, else minus `rate`; then 预扣率表二."""
    taxable = payment - (fixed if payment <= small_up_to else payment * rate)
    return table.tax(taxable)


def severance(payment: Decimal, exempt_cap: Decimal, annual_table: TaxTable) -> Decimal:
    """一次性补偿: the part above 3 × the average annual wage, alone on the annual table."""
    return annual_table.tax(payment - exempt_cap)
