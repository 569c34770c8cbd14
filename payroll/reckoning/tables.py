"""Tiers and bands: the two kinds of table a scheme is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO

PROGRESSIVE = "progressive"
WHOLE_TIER = "whole_tier"
METHODS = {PROGRESSIVE: "分段累进", WHOLE_TIER: "全额"}


class Tier(NamedTuple):
    """Up to and including `up_to` yuan (None: without end) at `rate`."""

    up_to: Decimal | None
    rate: Decimal


class Slice(NamedTuple):
    """The part of an amount that lies in one tier."""

    amount: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Tiers:
    """A commission table with inclusive upper bounds, read slice by slice (分段累进) or as a whole (全额)."""

    method: str
    tiers: tuple[Tier, ...]

    def slices(self, amount: Decimal) -> list[Slice]:
        """How `amount` (≤ 0: nothing) is divided over the tiers."""
        if amount <= 0:
            return []
        if self.method == WHOLE_TIER:
            return [Slice(amount, self._tier(amount).rate)]
        found: list[Slice] = []
        below = Decimal(0)
        for up_to, rate in self.tiers:
            upper = amount if up_to is None or amount < up_to else up_to
            if upper > below:
                found.append(Slice(upper - below, rate))
            if up_to is None or amount <= up_to:
                break
            below = up_to
        return found

    def pay(self, amount: Decimal) -> Decimal:
        """Unrounded pay on `amount`; 0 for what is 0 or negative."""
        return sum((part.amount * part.rate for part in self.slices(amount)), ZERO)

    def _tier(self, amount: Decimal) -> Tier:
        return next(tier for tier in self.tiers if tier.up_to is None or amount <= tier.up_to)


class Band(NamedTuple):
    """From and including `lower` (None: everything below the others) at `rate`."""

    lower: Decimal | None
    rate: Decimal


class Bands(tuple[Band, ...]):
    """Bands in falling order, lower bounds inclusive; the last is open below."""

    __slots__ = ()

    def rate(self, value: Decimal) -> Decimal:
        return next(band.rate for band in self if band.lower is None or value >= band.lower)
