"""Sums of a month by team, by grade and of the whole branch, and the amounts of the accounting vouchers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, total
from kernel.sheets.writing import OutColumn
from payroll.outputs.bank import payable, unpaid
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


BANK = "银行存款—代发"
TO_RECOVER, CARRIED = "其他应收款—应收回多发薪酬", "其他应收款—待扣余额"


def voucher(pays: Sequence[Pay]) -> list[Entry]:
    """计提 and 发放, each balanced. 应付职工薪酬 is the employees' alone; a broker's commission is a fee (委托合同).

    The bank is credited with what it pays out. A 实发 below 0, and what is still to be taken of earlier months' deductions, are
    owed by the person: 其他应收款.
    """
    staff, agents = employees(pays), brokers(pays)
    wages, fees = sum_of(staff, "应发"), sum_of(agents, "应发")
    employer = total(amount for pay in pays for amount in pay.employer.values())
    lent = total(pay.lent for pay in pays)
    entries = [
        Entry(ACCRUAL, DEBIT, "业务及管理费—职工工资", wages),
        Entry(ACCRUAL, DEBIT, "业务及管理费—社会保险及住房公积金(单位)", employer),
        Entry(ACCRUAL, DEBIT, "手续费及佣金支出—证券经纪人", fees),
        Entry(ACCRUAL, CREDIT, "应付职工薪酬—工资", wages),
        Entry(ACCRUAL, CREDIT, "应付职工薪酬—社会保险及住房公积金(单位)", employer),
        Entry(ACCRUAL, CREDIT, "应付手续费及佣金—证券经纪人", fees),
        Entry(PAYMENT, DEBIT, "应付职工薪酬—工资", wages),
        Entry(PAYMENT, DEBIT, "应付手续费及佣金—证券经纪人", fees),
        Entry(PAYMENT, DEBIT, CARRIED, max(lent, ZERO)),
        Entry(PAYMENT, DEBIT, TO_RECOVER, -sum_of(unpaid(pays), "实发")),
        *(Entry(PAYMENT, CREDIT, account, amount) for account, amount in _kept(pays).items()),
        Entry(PAYMENT, CREDIT, CARRIED, max(-lent, ZERO)),
        Entry(PAYMENT, CREDIT, BANK, sum_of(payable(pays), "实发")),
    ]
    return [entry for entry in entries if entry.amount]


def _kept(pays: Sequence[Pay]) -> dict[str, Decimal]:
    """Account → what is kept from pay for it. 三险一金, VAT and surtaxes of corrected earlier months are
    paid on like the month's own."""
    kept: dict[str, Decimal] = {}
    for name in DEDUCTIONS:
        account = _ACCOUNTS.get(name, f"其他应付款—{name}")
        kept[account] = kept.get(account, ZERO) + sum_of(pays, name)
    taxes = total(pay.before_now(name) for pay in pays for name in ("vat", "surtax"))
    kept[_ACCOUNTS["增值税"]] += taxes
    rest = total(pay.due_before for pay in pays) - taxes
    for back in (back for pay in pays for back in pay.backdated):
        for item, amount in back.own.items():
            kept[_ACCOUNTS[item]] += amount
            rest -= amount
    kept[f"其他应付款—{EARLIER_DEDUCTIONS}"] = rest
    return kept


def side_total(entries: Iterable[Entry], step: str, side: str) -> Decimal:
    return total(entry.amount for entry in entries if (entry.step, entry.side) == (step, side))


def posted(entries: Iterable[Entry], step: str, side: str, *starts: str) -> Decimal:
    """Σ posted to accounts whose names begin so."""
    return total(e.amount for e in entries if (e.step, e.side) == (step, side) and e.account.startswith(starts))
