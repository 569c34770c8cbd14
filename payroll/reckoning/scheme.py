"""A pay scheme, parsed and checked: the kinds of rule are code, every rate, cap and bound is the scheme's data.

`reading.parse_scheme` makes one from JSON. A part that a scheme leaves out (null) is None: it pays and takes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from kernel.months import Month
from kernel.refusals import Missing
from payroll.reckoning.tables import Bands, Tiers

PERIOD = "period"
PAYMENT = "payment"
CARRY_FORWARD = "carry_forward"
FORGIVE = "forgive"
DUE_DAYS = "due_days"
PAID_DAYS = "paid_days"


@dataclass(frozen=True, slots=True)
class Grade:
    base: Decimal
    factor: Decimal


@dataclass(frozen=True, slots=True)
class Attribution:
    """How a client's row reaches a manager; read by the client figures."""

    manager_share: Decimal
    relation_share: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class OpeningAward:
    """`per_account` for each new valid account, at most `cap`; counted once, in the first `within_months` (1: opening month)."""

    per_account: Decimal
    cap: Decimal
    within_months: int
    opened_from: date
    return_visit_gate: bool


@dataclass(frozen=True, slots=True)
class AssetAward:
    rate: Decimal
    cap: Decimal
    floor: Decimal


@dataclass(frozen=True, slots=True)
class ProductAward:
    rates: Mapping[str, Decimal]
    completion_factor: Decimal


@dataclass(frozen=True, slots=True)
class Compliance:
    """`start` + complaints × `per_complaint` (negative), not below `floor`; a serious violation gives `serious_violation`."""

    start: Decimal
    per_complaint: Decimal
    floor: Decimal
    serious_violation: Decimal

    def factor(self, complaints: int, serious_violation: bool) -> Decimal:
        if serious_violation:
            return self.serious_violation
        return max(self.start + complaints * self.per_complaint, self.floor)


@dataclass(frozen=True, slots=True)
class Protection:
    """The hire month is month 1; `base_rate` stands for the band while at most `months` + `extension_months` have begun."""

    months: int
    extension_months: int
    base_rate: Decimal

    def covers(self, hire_month: Month, month: Month) -> bool:
        return 0 <= month - hire_month < self.months + self.extension_months


@dataclass(frozen=True, slots=True)
class AttendanceRule:
    paid_days: Decimal
    hours_a_day: Decimal
    unpaid_leave: Decimal
    absence: Decimal
    sick_rate: Decimal
    sick_floor_of_minimum: Decimal
    part_month: str


@dataclass(frozen=True, slots=True)
class OvertimeRule:
    weekday: Decimal
    rest_day: Decimal
    statutory: Decimal


@dataclass(frozen=True, slots=True)
class DeferralRule:
    when_above: Decimal
    share: Decimal
    months: int
    starts_after: int


@dataclass(frozen=True, slots=True)
class LeaderAllowance:
    """Team net commission (not below `floor`) × the rate of the team's completion."""

    post: str
    floor: Decimal
    bands: Bands


@dataclass(frozen=True, slots=True)
class PostAllowance:
    post: str
    amount: Decimal
    prorated: bool


@dataclass(frozen=True, slots=True)
class DamagesRule:
    share_of_wage: Decimal
    keep_minimum_wage: bool


@dataclass(frozen=True, slots=True)
class RecoveryRule:
    """How much of a month may go into taking back what was overpaid: a share of an employee's wage (damages included, the
    minimum wage stays), a share of a broker's pay."""

    share_of_wage: Decimal = Decimal("0.20")
    broker_share: Decimal = Decimal("1.00")


CONTINUE, RELEASE, FORFEIT = "continue", "release", "forfeit"
LEAVERS_LOTS = {CONTINUE: "按原计划继续发放", RELEASE: "离职当月一次付清", FORFEIT: "未到期部分不再发放"}


@dataclass(frozen=True, slots=True)
class LeaverRule:
    """What becomes of the deferral lots of somebody whose last month it is."""

    lots: str = CONTINUE


@dataclass(frozen=True, slots=True)
class BrokerTerms:
    """A broker's contract. The rates of law stated here are compared with the dated parameters, which are what is used."""

    contract_rate: Decimal
    risk_reserve: Decimal
    vat_mode: str
    surtax_rates: tuple[Decimal, Decimal, Decimal]
    surtax_relief: Decimal
    edu_exempt: bool
    expense_rate: Decimal
    development_cost_rate: Decimal


@dataclass(frozen=True)
class Scheme:
    """One version of a pay scheme. `parameter_month` says for each kind of parameter whether 所属月份 or 发放月份 decides."""

    code: str
    name: str
    paper: str
    effective_from: Month
    effective_to: Month | None
    payment_month_offset: int
    parameter_month: Mapping[str, str]
    grades: Mapping[str, Grade]
    attribution: Attribution
    negative_total: str
    commission: Tiers
    times_grade_factor: bool
    opening_award: OpeningAward | None
    asset_award: AssetAward | None
    product_award: ProductAward | None
    completion_decimals: int
    completion_bands: Bands
    duty_bands: Bands
    compliance: Compliance | None
    protection: Protection | None
    attendance: AttendanceRule
    overtime: OvertimeRule
    deferral: DeferralRule | None
    team_leader: LeaderAllowance | None
    group_leader: PostAllowance | None
    damages: DamagesRule | None
    recovery: RecoveryRule
    leaver: LeaverRule
    minimum_prorated: bool
    insurance_last_hire_day: int
    broker: BrokerTerms
    raw: Mapping[str, Any]

    @cached_property
    def source(self) -> str:
        return f"《{self.name}》{self.code}({self.paper})"

    def in_force(self, month: Month) -> bool:
        return self.effective_from <= month and (self.effective_to is None or month <= self.effective_to)

    def require_in_force(self, month: Month) -> None:
        """Raises Missing when the scheme is not in force in `month`."""
        if not self.in_force(month):
            until = f"至 {self.effective_to}" if self.effective_to else "起"
            raise Missing(f"{self.source}自 {self.effective_from} {until}有效,不能用于 {month.label}", code="scheme_not_in_force")

    def payment_month(self, month: Month) -> Month:
        return month + self.payment_month_offset
