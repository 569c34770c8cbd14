"""What stands out in a month: plain functions of plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from kernel.masks import FEWEST
from kernel.money import ZERO, grouped, half_up

SHARE = Decimal("0.30")
SIGMAS = Decimal(3)
LEAST_PEOPLE = 8  # below that a spread says nothing


@dataclass(frozen=True)
class Bounds:
    """When a figure stands out: it moved by more than `share` of last month's, or by `sigmas` spreads of all moves."""

    share: Decimal = SHARE
    sigmas: Decimal = SIGMAS


def change_share(now: Decimal, before: Decimal) -> Decimal | None:
    """The change as a share of the amount before (0.25 = a quarter more); None where there was nothing before."""
    return None if before == 0 else half_up((now - before) / abs(before), 4)


def spread(values: list[Decimal]) -> tuple[Decimal, Decimal]:
    """Mean and standard deviation of the moves."""
    if not values:
        return ZERO, ZERO
    mean = sum(values, ZERO) / len(values)
    return mean, (sum(((value - mean) ** 2 for value in values), ZERO) / len(values)).sqrt()


def outliers(now: Mapping[str, Decimal], before: Mapping[str, Decimal], bounds: Bounds) -> dict[str, list[str]]:
    """Key → why it stands out against last month, in words. Whoever was not there last month is said to be new."""
    moves = {key: amount - before[key] for key, amount in now.items() if key in before}
    mean, deviation = spread(list(moves.values()))
    found: dict[str, list[str]] = {}
    for key, amount in now.items():
        reasons = _reasons(amount, before.get(key), bounds)
        if key in moves and len(moves) >= LEAST_PEOPLE and deviation and abs(moves[key] - mean) > bounds.sigmas * deviation:
            reasons.append(f"变动 {grouped(moves[key])} 元,偏离全体平均变动 {bounds.sigmas:f} 倍标准差以上")
        if reasons:
            found[key] = reasons
    return found


def _reasons(amount: Decimal, before: Decimal | None, bounds: Bounds) -> list[str]:
    if before is None:
        return ["上月没有工资单,本月首次核算"]
    share = change_share(amount, before)
    if share is None:
        return [f"上月为 0,本月 {grouped(amount)} 元"] if amount else []
    if abs(share) > bounds.share:
        word = "增加" if share > 0 else "减少"
        return [f"比上月{word} {abs(share) * 100:.2f}%(超过 ±{bounds.share * 100:.0f}%)"]
    return []


def too_few(headcounts: Mapping[str, int]) -> set[str]:
    """The parts of a whole whose own sums must not be shown: those under FEWEST people, and as many of the next smallest as it
    takes for all that is left out to be two parts and FEWEST people: the whole less the rest would tell a single one."""
    small = {code for code, people in headcounts.items() if people < FEWEST}
    rest = sorted((people, code) for code, people in headcounts.items() if code not in small)
    while small and rest and (sum(headcounts[code] for code in small) < FEWEST or len(small) < 2):
        small.add(rest.pop(0)[1])
    return small
