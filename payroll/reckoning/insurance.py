"""Social insurance and housing fund, item by item: base = clamp(declared, floor, cap), each side half-up to 分.

Sources: 社会保险法, 住房公积金管理条例; the rates and bounds are dated parameters of the city.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from kernel.money import Number, decimal, yuan
from kernel.months import Month
from kernel.refusals import Refusal

PENSION = "pension"
MEDICAL_1 = "medical_1"
MEDICAL_2 = "medical_2"
MATERNITY = "maternity"
UNEMPLOYMENT = "unemployment"
INJURY = "injury"
HOUSING_FUND = "housing_fund"
ITEMS = (PENSION, MEDICAL_1, MEDICAL_2, MATERNITY, UNEMPLOYMENT, INJURY, HOUSING_FUND)
MEDICAL = {1: MEDICAL_1, 2: MEDICAL_2}
LABELS: Mapping[str, str] = {
    PENSION: "养老",
    MEDICAL_1: "医疗",
    MEDICAL_2: "医疗",
    MATERNITY: "生育",
    UNEMPLOYMENT: "失业",
    INJURY: "工伤",
    HOUSING_FUND: "公积金",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One item's rates and bounds; a bound that is None does not bind."""

    code: str
    employee: Decimal
    employer: Decimal
    floor: Decimal | None
    cap: Decimal | None

    @classmethod
    def of(cls, code: str, value: Mapping[str, Any]) -> Item:
        """From a parameter's value `{"employee": "0.08", "employer": "0.16", "floor": 4775, "cap": 27549}`."""

        def bound(name: str) -> Decimal | None:
            number: Number | None = value[name]
            return None if number is None else decimal(number)

        unknown = set(value) - {"employee", "employer", "floor", "cap"}
        if unknown or len(value) != 4:
            raise Refusal(
                f"参数 {code} 应写明 employee、employer、floor、cap 四项,现为:{'、'.join(sorted(value))}", code="bad_item"
            )
        return cls(code, decimal(value["employee"]), decimal(value["employer"]), bound("floor"), bound("cap"))

    def base(self, declared: Decimal) -> Decimal:
        base = declared if self.floor is None else max(declared, self.floor)
        return base if self.cap is None else min(base, self.cap)


class Contribution(NamedTuple):
    """What one item costs: the base used and the two sides, yuan."""

    code: str
    base: Decimal
    employee: Decimal
    employer: Decimal


def contribution(item: Item, declared: Decimal, *, employee: Decimal | None = None) -> Contribution:
    """One item for a declared base. `employee` replaces the employee's rate (the person's own housing-fund per cent)."""
    base = item.base(declared)
    rate = item.employee if employee is None else employee
    return Contribution(item.code, base, yuan(base * rate), yuan(base * item.employer))


def contributions(
    items: Mapping[str, Item], declared: Decimal, *, medical_tier: int, housing_fund_rate: Decimal
) -> tuple[Contribution, ...]:
    """All items of one employee. The employee's housing-fund rate is the roster's, the employer's is the dated parameter."""
    medical = MEDICAL[medical_tier]
    plain = [contribution(items[code], declared) for code in (PENSION, medical, MATERNITY, UNEMPLOYMENT, INJURY)]
    fund = contribution(items[HOUSING_FUND], declared, employee=housing_fund_rate)
    return (*plain, fund)


def is_due(hired_on: date, month: Month, last_day: int) -> bool:
    """Whether contributions are due for `month`: hired before it, or in it on or before `last_day`."""
    hire_month = Month.of(hired_on)
    return hire_month < month or (hire_month == month and hired_on.day <= last_day)
