"""Figures that upper apps lend to a report: what a team's months have cost in pay, what was complained of. Each signs in at
`AppConfig.ready()`; where nobody has signed in the report shows “—” and says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from branch.org.models import Team
from branch.people.roles import Power
from kernel.months import Month

Amounts = Callable[[Team, list[Month]], dict[Month, Decimal]]

PAY, COST = "pay", "cost"
SLOTS = {PAY: "人员工资薪酬合计", COST: "成本(费用)"}
"""The places a report keeps free for lent amounts, with their words."""
_GUARDED = {PAY: Power.PAY_VIEW, COST: Power.EXPENSE_VIEW}
"""Who may see which, over the team or its branch; of the others everybody who sees the report."""


@dataclass(frozen=True)
class Lender:
    """Who knows an amount of a team by month, yuan; a month that is not settled yet is left out of the answer.

    `missing` ends the note on the months left out, e.g. 的薪酬还没有批准.
    """

    slot: str
    amounts: Amounts
    missing: str


_lenders: dict[str, Lender] = {}


def lend(lender: Lender) -> None:
    """Sign in for one of SLOTS; signing in again replaces."""
    assert lender.slot in SLOTS, lender.slot
    _lenders[lender.slot] = lender


def lender_of(slot: str) -> Lender | None:
    return _lenders.get(slot)


def power_over(slot: str) -> Power | None:
    return _GUARDED.get(slot)
