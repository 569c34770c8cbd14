"""Income tax of what was settled outside the pay run: what a payment should bear, and what the month it was paid in declares."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum, Value
from django.db.models.functions import Coalesce

from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from kernel.money import ZERO, total
from kernel.months import Month
from payroll.corrections.balances import WAIVED
from payroll.corrections.leavers import Item
from payroll.corrections.lending import settled_rows
from payroll.corrections.models import OutsideSettlement, PayAdjustment
from payroll.corrections.outside import Chain, Paid, Row, chain_after, due, taxed
from payroll.corrections.states import CONFIRMED
from payroll.reckoning.adjustments import parts_from_text
from payroll.reckoning.facts import EMPLOYEE, Carried
from payroll.reckoning.tax import SalaryChain, TaxTable
from payroll.runs.models import PaySlip

ANNUAL_TABLE = "iit.annual_table"
Parts = Mapping[str, Mapping[str, Decimal]]


def chain_of(slip: PaySlip, tax_year: int) -> Chain | None:
    """The year's chain as the slip leaves it, or as it was before it opened the next year's; None for no sums here."""
    for state in (slip.carried_after, slip.carried_before):
        chain = Carried.from_dict(state).chain
        if chain is not None and chain.year == tax_year:
            return chain
    return None


def due_of(slip: PaySlip, item: Item, amount: Decimal, day: date) -> Decimal | None:
    """What the cumulative sums of the day's year would withhold of paying the amount; None where the year has no sums here."""
    one, rows = item.adjustment, settled_rows([slip.pk]).get(slip.pk, [])
    of = (one.key, one.gross, one.deductions, one.special, one.additional) if one else ()
    return _due(slip, [*rows, Row(0, item.key, amount, day, Decimal(0), "", *of)])


def reckoned_for(settlement: OutsideSettlement) -> Decimal | None:
    """The same of a payment that waits for its confirmation, to compare with what was withheld."""
    one, slip = settlement.adjustment, settlement.slip
    if slip is None or settlement.tax is None or not settlement.to_person:
        return None
    of = (one.pk, one.gross, one.deductions, one.special, one.additional) if one else ()
    row = Row(settlement.pk, settlement.key, settlement.amount, settlement.day, settlement.tax, settlement.how, *of)
    return _due(slip, [*settled_rows([slip.pk]).get(slip.pk, []), row])


def _due(slip: PaySlip, rows: list[Row]) -> Decimal | None:
    """Of the last of the rows, after the others of its year."""
    *before, one = taxed(rows)
    chain = chain_of(slip, one.day.year)
    if not isinstance(chain, SalaryChain):
        return None
    chain = chain_after(chain, [paid for paid in before if paid.day.year == one.day.year])
    assert isinstance(chain, SalaryChain)
    return due(chain, one, TaxTable.of(ParameterBook.load().value(ANNUAL_TABLE, one.day)))


@dataclass(frozen=True)
class Outside:
    """What one leaver was paid past the pay run in a month, by the last slip: the year's chain before and after it, the
    settlements, and the items of the corrected months that they settled to the end."""

    slip: PaySlip
    before: Chain | None
    after: SalaryChain
    paid: tuple[Paid, ...]
    parts: tuple[tuple[str, Month, Parts], ...]

    @property
    def income(self) -> Decimal:
        return total(one.income for one in self.paid)

    @property
    def tax(self) -> Decimal:
        return total(one.tax for one in self.paid)


def paid_outside(branch: Branch, month: Month) -> list[Outside]:
    """Everybody whose wages of the branch were settled past the pay run in the month of payment, by 工号."""
    rows = OutsideSettlement.objects.filter(branch=branch, state=CONFIRMED, day__range=(month.first, month.last))
    slips = PaySlip.objects.filter(pk__in=rows.exclude(tax=None).values("slip"), kind=EMPLOYEE)
    light = {slip.pk: slip for slip in slips.select_related("run").defer("lines").order_by("staff_no")}
    every = settled_rows(list(light))
    return [one for slip in light.values() if (one := _outside(slip, taxed(every.get(slip.pk, [])), month)) is not None]


def settled_in_year(people: Collection[int], until: Month) -> dict[tuple[int, str], tuple[Decimal, Decimal]]:
    """(Person, kind of engagement) → what was settled past the pay run from January of the year to the end of `until`, yuan
    before income tax (what was taken back is negative), and the tax withheld of it. What was given up is not in it."""
    rows = OutsideSettlement.objects.confirmed().filter(person__in=people, day__range=(date(until.year, 1, 1), until.last))
    kind = Coalesce("slip__kind", "adjustment__slip__kind", Value(EMPLOYEE))
    sums = rows.exclude(how=WAIVED).order_by().values_list("person", kind).annotate(Sum("amount"), Sum("tax", default=ZERO))
    return {(person, kind): (amount, tax) for person, kind, amount, tax in sums}


def _outside(slip: PaySlip, paid: list[Paid], month: Month) -> Outside | None:
    mine = tuple(one for one in paid if month.first <= one.day <= month.last)
    before = chain_after(
        chain_of(slip, month.year), [one for one in paid if one.day.year == month.year and one.day < month.first]
    )
    after = chain_after(before, mine)
    if not mine or not isinstance(after, SalaryChain):
        return None
    whole = PayAdjustment.objects.filter(pk__in=[one.whole for one in mine if one.whole]).select_related("correction")
    parts = tuple((row.correction.number, row.month, parts_from_text(row.parts)) for row in whole.order_by("month", "id"))
    return Outside(slip, before, after, mine, parts)
