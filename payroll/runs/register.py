"""What the room above lends to the runs: what happened after signing (冲销, 更正), and what later months take up of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from kernel.money import ZERO
from kernel.months import Month
from payroll.reckoning.adjustments import Adjustment, Arrear
from payroll.reckoning.deferral import Lot
from payroll.reckoning.tax import BrokerChain, SalaryChain
from payroll.runs.comparing import Change
from payroll.runs.models import PayRun, PaySlip


@dataclass(frozen=True)
class Afterwards:
    """One entry of a run's history: what it was, how it stands, who began it and why, and where it is shown."""

    label: str
    state: str
    who: str
    at: datetime
    reason: str
    url: str


History = Callable[[PayRun], Iterable[Afterwards]]

_histories: list[History] = []


def add_history(history: History) -> None:
    """Sign in who knows what happened to a run's month after its approval."""
    if history not in _histories:
        _histories.append(history)


def afterwards(run: PayRun) -> list[Afterwards]:
    """Everything that happened to the run's month, newest first."""
    return sorted((entry for history in _histories for entry in history(run)), key=lambda entry: entry.at, reverse=True)


@dataclass(frozen=True)
class Corrected:
    """What a month carries on by its correction: deferral lots and negative commission. `key` is the corrected slip's row."""

    key: int
    lots: tuple[Lot, ...]
    negative_commission: Decimal


@dataclass(frozen=True)
class Settled:
    """What of a slip's balances was settled outside the pay run: the rows, and how lots, arrears and the tax chain are left by
    it."""

    keys: tuple[int, ...]
    lots: Callable[[tuple[Lot, ...]], tuple[Lot, ...]]
    arrears: Callable[[tuple[Arrear, ...]], tuple[Arrear, ...]]
    chain: Callable[[Chain | None], Chain | None]


Chain = SalaryChain | BrokerChain
Due = Callable[[Collection[int], Month], Mapping[int, tuple[Adjustment, ...]]]
AfterSlips = Callable[[Collection[int]], Mapping[int, Corrected]]
AfterSettling = Callable[[Collection[int]], Mapping[int, Settled]]

_due: list[Due] = []
_after: list[AfterSlips] = []
_settled: list[AfterSettling] = []


def add_corrections(due: Due, after: AfterSlips, settled: AfterSettling) -> None:
    """Sign in who knows the adjustments that people's month has to take up, what corrected slips carry on, and what of a slip's
    balances was settled outside the pay run."""
    if due not in _due:
        _due.append(due)
        _after.append(after)
        _settled.append(settled)


def adjustments_due(people: Collection[int], month: Month) -> dict[int, tuple[Adjustment, ...]]:
    """Person id → what earlier corrected months bring into `month`; nobody else is in it."""
    found: dict[int, tuple[Adjustment, ...]] = {}
    for source in _due:
        for who, adjustments in source(people, month).items():
            found[who] = (*found.get(who, ()), *adjustments)
    return found


def corrected_after(slips: Collection[int]) -> dict[int, Corrected]:
    """Slip id → what it carries on by its latest approved correction; slips never corrected are not in it."""
    found: dict[int, Corrected] = {}
    for source in _after:
        found |= source(slips)
    return found


def settled_after(slips: Collection[int]) -> dict[int, Settled]:
    """Slip id → what of its balances was settled outside the pay run; others are not in it."""
    found: dict[int, Settled] = {}
    for source in _settled:
        found |= source(slips)
    return found


@dataclass(frozen=True)
class SlipCorrection:
    """What one approved correction did to a slip, in words its owner may read: nothing of anybody else's.

    `changes`: the figures as they were and as corrected. `gross`: what is paid on top (+) or taken back (−) of 应发, yuan, in
    `due_month`; `paid_on` is the owner's approved slip that has it, None while it waits. `settled`: what was settled of it past
    the pay run, yuan without a sign; `waits`: something of it is left for a month to take up, `left`: and no month will, as the
    owner has left.
    """

    number: str
    approved_at: datetime
    reasons: tuple[str, ...]
    changes: tuple[Change, ...]
    gross: Decimal
    due_month: Month
    paid_on: PaySlip | None
    settled: Decimal = ZERO
    waits: bool = True
    left: bool = False

    @property
    def amount(self) -> Decimal:
        """`gross` without its sign."""
        return abs(self.gross)


SlipCorrections = Callable[[PaySlip], Iterable[SlipCorrection]]

_slip_corrections: list[SlipCorrections] = []


def add_slip_corrections(source: SlipCorrections) -> None:
    """Sign in who knows what approved corrections did to a slip."""
    if source not in _slip_corrections:
        _slip_corrections.append(source)


def corrections_of(slip: PaySlip) -> list[SlipCorrection]:
    """What approved corrections did to the slip, in the order of their approval."""
    return [one for source in _slip_corrections for one in source(slip)]
