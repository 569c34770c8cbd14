"""A slip laid out as the law asks (深圳市员工工资支付条例 art. 15) and as a reader asks: where does this number come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.urls import reverse

from kernel.months import Month
from payroll.reckoning.adjustments import Arrear
from payroll.reckoning.lines import Line
from payroll.reckoning.settling import ADJUSTMENT, EARLIER_COMPANY, EARLIER_DEDUCTION
from payroll.runs.models import PaySlip
from payroll.runs.words import figure_text

OF_CORRECTIONS = (ADJUSTMENT, EARLIER_DEDUCTION, EARLIER_COMPANY)
EARNINGS = ("底薪", "绩效", "递延发放", "津贴", "加班", "保底补足")
TAKEN_FROM_GROSS = ("考勤扣款", "递延", "赔偿扣款")
DEDUCTIONS = ("养老", "医疗", "失业", "公积金", "增值税", "附加", "个税", "风险金", "其他扣款")
PERFORMANCE = ("净佣金", "负佣金结转", "完成率", "提成", "开户奖励", "资产奖励", "产品奖励", "职责系数", "合规系数")
FROM_CLIENTS = {
    "净佣金": "net_commission",
    "期末客户数": "clients_end",
    "新增有效户": "new_valid_accounts",
    "期末资产": "assets_end",
    "净新增资产": "net_new_assets",
}


@dataclass(frozen=True)
class Item:
    """One line of a payslip: label, amount, and the line that explains it."""

    label: str
    amount: Decimal
    line: Line | None
    url: str = ""
    taken: bool = False
    origin: int | None = None

    @property
    def text(self) -> str:
        return figure_text(self.label, self.amount)

    @property
    def signed(self) -> str:
        """As it counts towards 实发: what is taken with a minus, what comes back of it with a plus."""
        if not self.taken or not self.amount:
            return self.text
        return f"{'−' if self.amount > 0 else '+'}{figure_text(self.label, abs(self.amount))}"


@dataclass(frozen=True)
class Payslip:
    """Shenzhen's fields and the items. `earnings` and `taken` make up 应发, `deductions` lead from it to 实发."""

    payer: str
    period: str
    paid: str
    account: str
    normal_time: str
    overtime: str
    earnings: list[Item]
    taken: list[Item]
    gross: Decimal
    deductions: list[Item]
    net: Decimal
    performance: list[Item]
    employer: list[tuple[str, Decimal]] = field(default_factory=list)
    arrears: list[Arrear] = field(default_factory=list)


def payslip_of(slip: PaySlip, *, payer: str) -> Payslip:
    """The payslip of a slip; items of nothing are left out."""
    explained = slip.explained()
    lines = {line.label: line for line in explained}
    inputs = slip.facts["person"]["inputs"]
    run = slip.run

    def items(labels: tuple[str, ...], *, all_of_them: bool = False, taken: bool = False) -> list[Item]:
        found = ((label, Decimal(slip.figures.get(label, "0"))) for label in labels if label in lines)
        kept = [(label, amount) for label, amount in found if amount or all_of_them]
        return [Item(label, amount, lines[label], rows_url(slip, label), taken) for label, amount in kept]

    earlier = [line for line in explained if line.code == ADJUSTMENT]  # two of one month and correction have one label

    return Payslip(
        payer=payer,
        period=period(slip.month),
        paid=f"{run.issued_on:%Y-%m-%d}" if run.issued_on else f"{run.pay_month.label}(待发放)",
        account=slip.bank_masked,
        normal_time=_normal_time(inputs),
        overtime=_overtime(inputs),
        earnings=items(EARNINGS) + [_earlier(line) for line in earlier if line.amount > 0],
        taken=items(TAKEN_FROM_GROSS, taken=True) + [_earlier(line, taken=True) for line in earlier if line.amount <= 0],
        gross=slip.gross_pay,
        deductions=items(DEDUCTIONS, taken=True)
        + [
            Item(line.label, line.amount, line, "", taken=True, origin=origin_of(line))
            for line in explained
            if line.code == EARLIER_DEDUCTION
        ],
        net=slip.net_pay,
        performance=items(PERFORMANCE, all_of_them=True),
        employer=[(name, Decimal(amount)) for name, amount in slip.facts["employer"].items()],
        arrears=arrears_of(slip),
    )


def _earlier(line: Line, *, taken: bool = False) -> Item:
    return Item(line.label, abs(line.amount), line, "", taken, origin_of(line))


def origin_of(line: Line) -> int | None:
    """The slip of the month concerned, on a line of 补发 or 扣回; None where the person had none."""
    slip = line.inputs["slip"] if line.code in OF_CORRECTIONS else None
    return None if slip is None else int(slip)


def arrears_of(slip: PaySlip) -> list[Arrear]:
    """待扣余额 after the month."""
    return [Arrear.from_dict(row) for row in slip.carried_after.get("arrears", ())]


def period(month: Month) -> str:
    return f"{month.first:%Y-%m-%d} 至 {month.last:%Y-%m-%d}"


def _normal_time(inputs: dict[str, Any]) -> str:
    """A broker has no working time: the contract is an agency contract."""
    if inputs["worked_days"] is None:
        return "委托合同,不计考勤"
    return f"实出勤 {_short(inputs['worked_days'])} 天(应出勤 {_short(inputs['due_days'])} 天)"


def _overtime(inputs: dict[str, Any]) -> str:
    kinds = {"overtime_weekday": "平日", "overtime_rest": "休息日", "overtime_statutory": "法定节假日"}
    parts = [f"{word} {_short(inputs[name])} 小时" for name, word in kinds.items() if inputs[name] and Decimal(inputs[name])]
    return ",".join(parts) or "无"


def _short(text: str | None) -> str:
    return "0" if text is None else f"{Decimal(text).normalize():f}"


def rows_url(slip: PaySlip, label: str) -> str:
    """The client rows behind a figure of the month; "" for what doesn't come from clients."""
    if label not in FROM_CLIENTS:
        return ""
    page = reverse("clients:figure-rows", args=[slip.month, slip.staff_no])
    return f"{page}?branch={slip.run.branch.code}&figure={FROM_CLIENTS[label]}"


@dataclass(frozen=True)
class Reason:
    """A line with the page of the client rows behind it ("" for none)."""

    line: Line
    url: str

    @property
    def origin(self) -> int | None:
        return origin_of(self.line)

    @property
    def number(self) -> str:
        """The correction a line of 补发 or 扣回 comes from."""
        return str(self.line.inputs["number"]) if self.line.code in OF_CORRECTIONS else ""

    @property
    def text(self) -> str:
        return figure_text(self.line.label, self.line.amount)


def reasons_of(slip: PaySlip) -> list[Reason]:
    """All lines in the order of the reckoning."""
    return [Reason(line, rows_url(slip, line.label)) for line in slip.explained()]
