"""One person's pay of a run as the outputs need it: plain values, read by name from the slip."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from kernel.money import ZERO, total
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning.facts import BROKER, STANDARD

TAXABLE = "累计应纳税所得额"  # the one figure that already is a sum over payments


@dataclass(frozen=True, slots=True)
class Backdated:
    """三险一金 of a corrected earlier month that this payment brings in: each side's difference by item, yuan."""

    number: str
    month: Month
    own: Mapping[str, Decimal]
    company: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Pay:
    """What a slip says. `figures` are the month's table by column name, `columns` the slip's own database columns.

    `before` and `after` are the tax chain around the payment as kept (None: there was none); `additional` is 专项附加扣除 of the
    tax year up to this payment, by item. `earlier` is what corrected earlier months change with this payment (special, vat,
    surtax, after_tax); `lent` is what of these is left owing with it (待扣余额 after less before; negative: paid off). `note` is
    said beside the person in a declaration; `resumed`: something was settled past the pay run before this payment. `employer` has
    the company's side of `backdated` in it. Amounts in yuan.
    """

    person_id: int
    staff_no: str
    name: str
    kind: str
    team: str
    grade: str
    figures: Mapping[str, Decimal]
    columns: Mapping[str, Decimal]
    employer: Mapping[str, Decimal]
    after: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    additional: Mapping[str, Decimal] = field(default_factory=dict)
    earlier: Mapping[str, Decimal] = field(default_factory=dict)
    lent: Decimal = ZERO
    backdated: tuple[Backdated, ...] = ()
    declared_base: Decimal | None = None
    tax_mode: str = STANDARD
    bank_masked: str = ""
    note: str = ""
    resumed: bool = False

    @property
    def is_broker(self) -> bool:
        return self.kind == BROKER

    @property
    def who(self) -> str:
        return f"{self.staff_no} {self.name}"

    def __getitem__(self, column: str) -> Decimal:
        """A figure of the month's table; a column that came later is 0 on an old slip."""
        return self.figures.get(column, ZERO)

    def grown(self, name: str) -> Decimal:
        """What this payment added to a sum of the tax chain; a new year's, a joiner's or another kind's chain began at 0."""
        before = self.before
        begun = before is not None and (before["kind"], before["year"]) == (self.after["kind"], self.after["year"])
        return Decimal(self.after.get(name, "0")) - (Decimal(before.get(name, "0")) if begun and before else ZERO)

    def before_now(self, name: str) -> Decimal:
        """What corrected earlier months add to 三险一金 (special), 增值税 (vat), 附加 (surtax), 税后扣款 (after_tax)."""
        return self.earlier.get(name, ZERO)

    @property
    def due_before(self) -> Decimal:
        """All that corrected earlier months deduct more with this payment, whether it could be taken or not."""
        return total(self.before_now(name) for name in ("special", "vat", "surtax", "after_tax"))

    def own_insurance(self, item: str) -> Decimal:
        """The person's part of an item with this payment, that of corrected earlier months in it."""
        return self[item] + total(one.own.get(item, ZERO) for one in self.backdated)

    @property
    def undivided(self) -> Decimal:
        """三险一金 of corrected earlier months of which nobody kept the items."""
        return self.before_now("special") - total(amount for one in self.backdated for amount in one.own.values())

    def cumulative(self, name: str) -> Decimal:
        return Decimal(self.after.get(name, "0"))


def sum_of(pays: Iterable[Pay], *columns: str) -> Decimal:
    """Σ of figures over people."""
    return total(pay[column] for pay in pays for column in columns)


def merged(payments: Sequence[Pay], note: str) -> Pay:
    """Several payments of one person in one month, in their order, as one: amounts added up, the chain from before the first
    to after the last. Raises Refusal where a payment doesn't begin where the one before it ended.

    Only what was settled past the pay run on a day of another month may lie between two: it is declared there.
    """
    for one, following in pairwise(payments):
        if following.before != one.after and not following.resumed:
            raise Refusal(f"{one.who}:同月两次发放的个税累计不相接,不能合并申报,请联系系统管理员核查", code="chain_broken")
    last = payments[-1]
    return replace(
        last,
        figures=_added([one.figures for one in payments]) | {TAXABLE: last[TAXABLE]},
        columns=_added([one.columns for one in payments]),
        employer=_added([one.employer for one in payments]),
        earlier=_added([one.earlier for one in payments]),
        lent=total(one.lent for one in payments),
        backdated=tuple(back for one in payments for back in one.backdated),
        before=_before_all(payments),
        note=note,
    )


def _before_all(payments: Sequence[Pay]) -> Mapping[str, Any] | None:
    """The chain before the first: where something lies between two, so that the payments' own growth leads to the last."""
    if not any(following.resumed for following in payments[1:]):
        return payments[0].before
    sums = [name for name, value in payments[-1].after.items() if isinstance(value, str) and name != "kind"]
    last = payments[-1]
    return dict(last.after) | {name: str(last.cumulative(name) - total(pay.grown(name) for pay in payments)) for name in sums}


def _added(amounts: Iterable[Mapping[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for one in amounts:
        for name, amount in one.items():
            found[name] = found.get(name, ZERO) + amount
    return found


def employees(pays: Iterable[Pay]) -> list[Pay]:
    return [pay for pay in pays if not pay.is_broker]


def brokers(pays: Iterable[Pay]) -> list[Pay]:
    return [pay for pay in pays if pay.is_broker]
