"""Sums of a month by team, by grade and of the whole branch, and the amounts of the accounting vouchers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import total
from kernel.sheets.writing import OutColumn
from payroll.outputs.pay import Pay, brokers, employees, sum_of
from payroll.reckoning.lines import DEDUCTIONS, EARLIER_DEDUCTIONS

NO_TEAM, NO_GRADE = "未编入团队", "证券经纪人(无职级)"
TAKEN = (*DEDUCTIONS, EARLIER_DEDUCTIONS)
AMOUNTS = ("应发", *TAKEN, "实发")
COLUMNS = (
    OutColumn("group", "分组", width=20),
    OutColumn("employees", "员工人数", "int", 10, total=True),
    OutColumn("brokers", "经纪人人数", "int", 10, total=True),
    *(OutColumn(name, name, "money", 15, total=True) for name in AMOUNTS),
    OutColumn("employer", "单位社保公积金", "money", 16, total=True),
    OutColumn("cost", "用工成本", "money", 16, total=True),
)


def by_team(pays: Sequence[Pay]) -> list[dict[str, Any]]:
    return _grouped(pays, lambda pay: pay.team or NO_TEAM)


def by_grade(pays: Sequence[Pay]) -> list[dict[str, Any]]:
    return _grouped(pays, lambda pay: pay.grade or NO_GRADE)


def _grouped(pays: Sequence[Pay], key: Callable[[Pay], str]) -> list[dict[str, Any]]:
    groups: dict[str, list[Pay]] = {}
    for pay in pays:
        groups.setdefault(key(pay), []).append(pay)
    return [_sums(group, members) for group, members in sorted(groups.items())]


def _sums(group: str, pays: Sequence[Pay]) -> dict[str, Any]:
    employer = total(amount for pay in pays for amount in pay.employer.values())
    gross = sum_of(pays, "应发")
    return (
        {"group": group, "employees": len(employees(pays)), "brokers": len(brokers(pays))}
        | {name: sum_of(pays, name) for name in AMOUNTS}
        | {"employer": employer, "cost": gross + employer}
    )


DEBIT, CREDIT = "借", "贷"
ACCRUAL, PAYMENT = "计提", "发放"
VOUCHER_COLUMNS = (
    OutColumn("step", "凭证", width=10),
    OutColumn("side", "方向", width=8),
    OutColumn("account", "科目", width=36),
    OutColumn("amount", "金额", "money", 18),
)
# Where a deduction goes until it is paid on; what stands in none of these goes to 其他应付款 under its own name.
_ACCOUNTS = {
    "养老": "其他应付款—社会保险(个人)",
    "医疗": "其他应付款—社会保险(个人)",
    "失业": "其他应付款—社会保险(个人)",
    "公积金": "其他应付款—住房公积金(个人)",
    "个税": "应交税费—代扣代缴个人所得税",
    "增值税": "应交税费—代扣经纪人增值税及附加",
    "附加": "应交税费—代扣经纪人增值税及附加",
    "风险金": "其他应付款—经纪人风险金",
}


@dataclass(frozen=True)
class Entry:
    """One line of a voucher."""

    step: str
    side: str
    account: str
    amount: Decimal


def voucher(pays: Sequence[Pay]) -> list[Entry]:
    """计提 and 发放, each balanced. 应付职工薪酬 is the employees' alone; a broker's commission is a fee (委托合同)."""
    staff, agents = employees(pays), brokers(pays)
    wages, fees = sum_of(staff, "应发"), sum_of(agents, "应发")
    employer = total(amount for pay in pays for amount in pay.employer.values())
    kept: dict[str, Decimal] = {}
    for name in TAKEN:
        account = _ACCOUNTS.get(name, f"其他应付款—{name}")
        kept[account] = kept.get(account, Decimal("0.00")) + sum_of(pays, name)
    entries = [
        Entry(ACCRUAL, DEBIT, "业务及管理费—职工工资", wages),
        Entry(ACCRUAL, DEBIT, "业务及管理费—社会保险及住房公积金(单位)", employer),
        Entry(ACCRUAL, DEBIT, "手续费及佣金支出—证券经纪人", fees),
        Entry(ACCRUAL, CREDIT, "应付职工薪酬—工资", wages),
        Entry(ACCRUAL, CREDIT, "应付职工薪酬—社会保险及住房公积金(单位)", employer),
        Entry(ACCRUAL, CREDIT, "应付手续费及佣金—证券经纪人", fees),
        Entry(PAYMENT, DEBIT, "应付职工薪酬—工资", wages),
        Entry(PAYMENT, DEBIT, "应付手续费及佣金—证券经纪人", fees),
        *(Entry(PAYMENT, CREDIT, account, amount) for account, amount in kept.items()),
        Entry(PAYMENT, CREDIT, "银行存款—代发", sum_of(pays, "实发")),
    ]
    return [entry for entry in entries if entry.amount]


def side_total(entries: Iterable[Entry], step: str, side: str) -> Decimal:
    return total(entry.amount for entry in entries if (entry.step, entry.side) == (step, side))


def posted(entries: Iterable[Entry], step: str, side: str, *starts: str) -> Decimal:
    """Σ posted to accounts whose names begin so."""
    return total(e.amount for e in entries if (e.step, e.side) == (step, side) and e.account.startswith(starts))
