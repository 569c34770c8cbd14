"""The dated values one month's reckoning uses, resolved once for all persons.

Insurance, housing fund, minimum wage and the sick-pay floor go by 所属月份, tax and VAT by 发放月份 (as the scheme says);
always by the first day of that month. A value that a month lacks is refused by the look-up, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import decimal
from kernel.months import Month
from payroll.reckoning import insurance, vat
from payroll.reckoning.insurance import Item
from payroll.reckoning.scheme import PERIOD, Scheme
from payroll.reckoning.tax import TaxTable
from payroll.reckoning.vat import VatRule

# Gives a parameter's value (as its JSON has it) on a day; raises kernel.refusals.Missing when there is none.
Lookup = Callable[[str, date], Any]

CITY = "sz"
BROKER_MODE = "vat.broker_mode"


@dataclass(frozen=True, slots=True)
class MonthParameters:
    """Everything dated that `pay.reckon` needs for `month` (所属月份) paid in `payment_month` (发放月份)."""

    month: Month
    payment_month: Month
    items: Mapping[str, Item]
    minimum_wage: Decimal
    sick_minimum_wage: Decimal
    annual_table: TaxTable
    basic_month: Decimal
    lump_amount: Decimal
    expense_rate: Decimal
    development_cost_rate: Decimal
    vat: VatRule
    surtax_rates: tuple[Decimal, Decimal, Decimal]
    surtax_relief: Decimal


def vat_rule(lookup: Lookup, day: date, *, mode: str | None = None, threshold: Decimal | None = None) -> VatRule:
    """The rule of VAT on `day`; `mode` and `threshold` replace the product's own."""
    chosen = mode or str(lookup(BROKER_MODE, day))
    codes = {vat.PER_TRANSACTION: "vat.threshold_per_transaction", vat.PER_MONTH: "vat.threshold_month"}
    if threshold is None and chosen in codes:
        threshold = decimal(lookup(codes[chosen], day))
    return VatRule(chosen, decimal(lookup("vat.small_rate", day)), threshold, vat.inclusive_exempt(chosen, day))


def surtax_rates(lookup: Lookup, day: date) -> tuple[Decimal, Decimal, Decimal]:
    urban, education, local = (decimal(rate) for rate in lookup("surtax.rates", day))
    return urban, education, local


def resolve(
    scheme: Scheme, lookup: Lookup, month: Month, payment_month: Month | None = None, *, city: str = CITY
) -> MonthParameters:
    """All values of `month`, paid in `payment_month` (default: as the scheme says). Raises Missing for a value not there."""
    payment = payment_month or scheme.payment_month(month)

    def day(kind: str) -> date:
        return (month if scheme.parameter_month[kind] == PERIOD else payment).first

    def item(code: str) -> Item:
        kind = "housing_fund" if code == insurance.HOUSING_FUND else "insurance"
        return Item.of(code, lookup(f"si.{city}.{code}", day(kind)))

    return MonthParameters(
        month=month,
        payment_month=payment,
        items={code: item(code) for code in insurance.ITEMS},
        minimum_wage=decimal(lookup("wage.min_month", day("minimum_wage"))),
        sick_minimum_wage=decimal(lookup("wage.min_month", day("sick_floor"))),
        annual_table=TaxTable.of(lookup("iit.annual_table", day("income_tax"))),
        basic_month=decimal(lookup("iit.basic_deduction_month", day("basic_deduction"))),
        lump_amount=decimal(lookup("iit.lump_60000_limit", day("basic_deduction"))),
        expense_rate=decimal(lookup("iit.broker.expense_rate", day("income_tax"))),
        development_cost_rate=decimal(lookup("iit.broker.development_cost_rate", day("income_tax"))),
        vat=vat_rule(lookup, day("vat")),
        surtax_rates=surtax_rates(lookup, day("surtax")),
        surtax_relief=decimal(lookup("surtax.relief", day("surtax"))),
    )
