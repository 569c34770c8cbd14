"""What the reckoning hands back: explained lines, the report's columns, the state to carry on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from payroll.reckoning.facts import Carried

# The columns of 《薪酬月报表》 in their order, after 工号 and 姓名, and the step that fills each.
STEPS = {
    "净佣金": "net_commission",
    "期末客户数": "clients_end",
    "新增有效户": "new_valid_accounts",
    "期末资产": "assets_end",
    "净新增资产": "net_new_assets",
    "完成率": "completion",
    "底薪": "base_pay",
    "考勤扣款": "attendance_deduction",
    "加班": "overtime",
    "提成": "commission",
    "开户奖励": "opening_award",
    "资产奖励": "asset_award",
    "产品奖励": "product_award",
    "职责系数": "duty",
    "合规系数": "compliance",
    "绩效": "performance",
    "递延": "deferred",
    "递延发放": "released",
    "津贴": "allowances",
    "赔偿扣款": "damages",
    "保底补足": "minimum_topup",
    "应发": "gross",
    "养老": "pension",
    "医疗": "medical",
    "失业": "unemployment",
    "公积金": "housing_fund",
    "累计应纳税所得额": "cum_taxable",
    "个税": "income_tax",
    "增值税": "vat",
    "附加": "surtax",
    "风险金": "risk_reserve",
    "其他扣款": "other_deduction",
    "实发": "net_pay",
}
COLUMNS = tuple(STEPS)
# Steps that are explained but have no column of their own.
STEPS["负佣金结转"] = "carry"
STEPS["单位社保公积金"] = "employer_insurance"
MONEY_COLUMNS = tuple(
    column for column in COLUMNS if column not in {"期末客户数", "新增有效户", "完成率", "职责系数", "合规系数"}
)
# Paid out of 应发 or taken from it; their sums are what `pay.check` holds together.
GROSS_PARTS = {
    "底薪": 1,
    "考勤扣款": -1,
    "绩效": 1,
    "递延": -1,
    "递延发放": 1,
    "津贴": 1,
    "加班": 1,
    "赔偿扣款": -1,
    "保底补足": 1,
}
# Only on the slip of somebody with a corrected earlier month: a part of 应发, and what is deducted with it.
EARLIER = "补发补扣"
EARLIER_DEDUCTIONS = "前期扣款差额"
OPTIONAL = (EARLIER, EARLIER_DEDUCTIONS)
DEDUCTIONS = ("养老", "医疗", "失业", "公积金", "个税", "增值税", "附加", "风险金", "其他扣款")


_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def shown(value: Any) -> str:
    """A value inside a sentence: amounts with thousands separators, everything else as it is."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    return str(value)


def _number_again(value: Any) -> Any:
    """A text that is nothing but a number was a decimal before it was stored."""
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value) else value


class Line(NamedTuple):
    """One step of a slip. `template` with `inputs` gives the sentence; kept together, an old slip explains itself for ever.

    `code` is the step (STEPS), `label` its column, `source` the scheme or law it rests on. Inputs: Decimal, int, str, bool.
    """

    code: str
    label: str
    amount: Decimal
    template: str
    inputs: Mapping[str, Any]
    source: str

    @property
    def rule(self) -> str:
        """The Chinese sentence of the rule with the numbers in it."""
        return self.template.format_map({name: shown(value) for name, value in self.inputs.items()})

    def as_dict(self) -> dict[str, Any]:
        inputs = {name: str(value) if isinstance(value, Decimal) else value for name, value in self.inputs.items()}
        return {
            "code": self.code,
            "label": self.label,
            "amount": str(self.amount),
            "template": self.template,
            "inputs": inputs,
            "source": self.source,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Line:
        inputs = {name: _number_again(value) for name, value in data["inputs"].items()}
        return cls(data["code"], data["label"], Decimal(data["amount"]), data["template"], inputs, data["source"])


@dataclass(frozen=True, slots=True)
class Reckoning:
    """One person's pay of one month. `figures` has every one of COLUMNS, and those of OPTIONAL that apply.

    `employer` is the company's side by item: 养老, 医疗, 生育, 失业, 工伤, 公积金; empty for a broker or when nothing is due.
    """

    staff_no: str
    name: str
    kind: str
    figures: Mapping[str, Decimal]
    lines: tuple[Line, ...]
    employer: Mapping[str, Decimal]
    carried_after: Carried

    @property
    def employer_total(self) -> Decimal:
        """单位社保公积金"""
        return sum(self.employer.values(), Decimal("0.00"))

    @property
    def gross(self) -> Decimal:
        return self.figures["应发"]

    @property
    def net(self) -> Decimal:
        return self.figures["实发"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a person can't be reckoned: a missing or impossible input, named by person and column."""

    staff_no: str
    name: str
    column: str
    sentence: str
    code: str

    def __str__(self) -> str:
        return f"{self.staff_no} {self.name}:{self.sentence}"
