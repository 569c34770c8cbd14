"""What the reckoning is told: a person's month, the team's sums, and the state carried from the payment before. All frozen.

Amounts are Decimal yuan. None means "not delivered" and is never read as nought: `pay.problems` names it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import ZERO
from kernel.months import Month
from payroll.reckoning.adjustments import Adjustment, Arrear
from payroll.reckoning.deferral import Lot
from payroll.reckoning.tax import BrokerChain, SalaryChain, chain_from_dict

EMPLOYEE = "员工"
BROKER = "证券经纪人"
KINDS = (EMPLOYEE, BROKER)

STANDARD = "standard"
FROM_JANUARY = "from_january"  # 公告2020年第13号
LUMP = "lump"  # 公告2020年第19号
TAX_MODES = (STANDARD, FROM_JANUARY, LUMP)


def level(text: str) -> int:
    """The number of a risk level: `C3` (client) or `R4` (product). Raises ValueError."""
    mark, digits = text[:1].upper(), text[1:]
    if mark not in {"C", "R"} or digits not in {"1", "2", "3", "4", "5"}:
        raise ValueError(f"不是风险等级:{text}(请写成 C1–C5 或 R1–R5)")
    return int(digits)


@dataclass(frozen=True, slots=True)
class Sale:
    """One product sale of the month; levels 1–5. `reference` leads back to the imported row."""

    product_code: str
    amount: Decimal
    client_level: int
    product_level: int
    reference: str = ""


@dataclass(frozen=True, slots=True)
class MonthInput:
    """One row of 核算输入. Days and hours are Decimal (0.5 is half a day); a broker has none of them."""

    due_days: Decimal | None = None
    worked_days: Decimal | None = None
    personal_leave: Decimal | None = None
    sick_leave: Decimal | None = None
    absence: Decimal | None = None
    overtime_weekday: Decimal | None = None
    overtime_rest: Decimal | None = None
    overtime_statutory: Decimal | None = None
    target: Decimal | None = None
    duty_score: Decimal | None = None
    complaints: int | None = None
    serious_violation: bool | None = None
    vat: Decimal | None = None
    other_allowance: Decimal | None = None
    other_deduction: Decimal | None = None
    damages_balance: Decimal | None = None


# The column each field comes from, for sentences and sheets.
INPUT_COLUMNS: Mapping[str, str] = {
    "due_days": "应出勤天数",
    "worked_days": "实出勤天数",
    "personal_leave": "事假天数",
    "sick_leave": "病假天数",
    "absence": "旷工天数",
    "overtime_weekday": "平日加班小时",
    "overtime_rest": "休息日加班小时",
    "overtime_statutory": "法定节假日加班小时",
    "target": "目标净佣金",
    "duty_score": "职责分",
    "complaints": "有效投诉数",
    "serious_violation": "严重违规",
    "vat": "增值税",
    "other_allowance": "其他补贴",
    "other_deduction": "其他扣款",
    "damages_balance": "赔偿扣款余额",
}


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """One person in one 所属月份: who they are, what their clients brought, what the month's sheet says.

    `net_commission` may be negative; `net_new_assets` is the raw sum of 转入 − 转出 (the floor is a rule of the scheme).
    `medical_tier` is 1 or 2, `housing_fund_rate` 0.05–0.12. `additional_total` is the monthly 专项附加合计.
    """

    staff_no: str
    name: str
    kind: str
    hired_on: date
    team: str = ""
    post: str = ""
    grade: str | None = None
    contribution_base: Decimal | None = None
    housing_fund_rate: Decimal | None = None
    medical_tier: int | None = None
    additional_total: Decimal | None = None
    additional: Mapping[str, Decimal] = field(default_factory=dict)
    tax_mode: str = STANDARD
    net_commission: Decimal = ZERO
    gross_commission: Decimal = ZERO
    clients_end: int = 0
    assets_end: Decimal = ZERO
    net_new_assets: Decimal = ZERO
    new_valid_accounts: int = 0
    sales: tuple[Sale, ...] = ()
    inputs: MonthInput | None = None
    adjustments: tuple[Adjustment, ...] = ()
    left_on: date | None = None  # the last day in service, when it lies in the month: then this is the final pay (离职结算)
    away: int = 0  # of who came back: months of the tax year between the two engagements of this kind

    @property
    def is_broker(self) -> bool:
        return self.kind == BROKER

    @property
    def hire_month(self) -> Month:
        return Month.of(self.hired_on)

    @property
    def who(self) -> str:
        return f"{self.staff_no} {self.name}"


@dataclass(frozen=True, slots=True)
class TeamFigures:
    """Σ净佣金 and Σ目标净佣金 of everyone of the team employed in the month; a missing target leaves `target` None."""

    team: str
    net_commission: Decimal
    target: Decimal | None
    members: int = 0


@dataclass(frozen=True, slots=True)
class Carried:
    """The state before a month (期初) and after it (期末): the tax chain, the deferral lots, the negative commission (≤ 0),
    and the arrears still to be taken back.

    `chain` None: never paid here. `as_dict` / `from_dict` are its JSON form; decimals stay text.
    """

    chain: SalaryChain | BrokerChain | None = None
    lots: tuple[Lot, ...] = ()
    negative_commission: Decimal = ZERO
    arrears: tuple[Arrear, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "chain": None if self.chain is None else self.chain.as_dict(),
            "lots": [lot.as_dict() for lot in self.lots],
            "negative_commission": str(self.negative_commission),
            # Left out where there are none: the digest of everybody else stays what it was before there were arrears.
            **({"arrears": [arrear.as_dict() for arrear in self.arrears]} if self.arrears else {}),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Carried:
        return cls(
            chain=None if data["chain"] is None else chain_from_dict(data["chain"]),
            lots=tuple(Lot.from_dict(lot) for lot in data["lots"]),
            negative_commission=Decimal(data["negative_commission"]),
            arrears=tuple(Arrear.from_dict(arrear) for arrear in data.get("arrears", ())),
        )
