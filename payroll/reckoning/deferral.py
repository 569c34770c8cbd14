"""The deferral ledger of one person: each month's deferral is a lot, released in equal instalments.

Source: 中证协《证券公司建立稳健薪酬制度指引》 (not faster than equal parts); the figures are the scheme's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import total, yuan
from kernel.months import Month


@dataclass(frozen=True, slots=True)
class Lot:
    """What is still to be released of one month's deferral. `origin` None is an opening lot (期初)."""

    origin: Month | None
    balance: Decimal
    left: int
    instalment: Decimal

    @property
    def due(self) -> Decimal:
        """This month's instalment: the last takes the rest, none takes more than there is."""
        return self.balance if self.left <= 1 else min(self.instalment, self.balance)

    def released(self) -> Lot:
        return Lot(self.origin, self.balance - self.due, self.left - 1, self.instalment)

    def as_dict(self) -> dict[str, Any]:
        return {
            "origin": None if self.origin is None else str(self.origin),
            "balance": str(self.balance),
            "left": self.left,
            "instalment": str(self.instalment),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Lot:
        origin = None if data["origin"] is None else Month.parse(data["origin"])
        return cls(origin, Decimal(data["balance"]), int(data["left"]), Decimal(data["instalment"]))


def new_lot(origin: Month, amount: Decimal, months: int) -> Lot:
    """The lot of `origin`: `months` instalments of half-up(amount ÷ months), the last takes the rest."""
    return Lot(origin, amount, months, yuan(amount / months))


def release(lots: Iterable[Lot], month: Month, *, starts_after: int = 1) -> tuple[Decimal, tuple[Lot, ...], tuple[Lot, ...]]:
    """One instalment of every lot that has begun by `month`: (amount, the lots released, the lots left after it)."""
    paid: list[Lot] = []
    after: list[Lot] = []
    for lot in lots:
        if lot.origin is not None and month - lot.origin < starts_after:
            after.append(lot)
            continue
        paid.append(lot)
        if lot.left > 1 and lot.balance != lot.due:
            after.append(lot.released())
    return total(lot.due for lot in paid), tuple(paid), tuple(after)
