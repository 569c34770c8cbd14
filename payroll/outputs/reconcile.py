"""One figure, many papers: each total is taken from each output's own rows, and nothing is handed out while two differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, grouped, total
from kernel.refusals import Refusal
from payroll.outputs import bank, declarations, insurance, summaries
from payroll.outputs.pay import Pay, brokers, sum_of
from payroll.outputs.summaries import ACCRUAL, BANK, CREDIT, DEBIT, PAYMENT, TO_RECOVER, posted, side_total
from payroll.reckoning.lines import DEDUCTIONS, EARLIER, EARLIER_DEDUCTIONS, GROSS_PARTS

SHOWN_FAULTS = 20


@dataclass(frozen=True)
class RunTotals:
    """What the run says, and what its signed report adds up to (by the report's column keys)."""

    headcount: int
    gross: Decimal
    iit: Decimal
    net: Decimal
    employer: Decimal
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One total as each paper has it."""

    label: str
    values: tuple[tuple[str, Decimal], ...]

    @property
    def holds(self) -> bool:
        return len({value for _, value in self.values}) <= 1

    @property
    def value(self) -> Decimal:
        return self.values[0][1]

    @property
    def sentence(self) -> str:
        """Which papers differ, with their figures."""
        return f"{self.label}不一致:" + ",".join(f"{paper} {grouped(value)}" for paper, value in self.values)


@dataclass(frozen=True)
class Reconciliation:
    """The checks of the totals, and the faults of single slips in words."""

    checks: tuple[Check, ...]
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.faults and all(check.holds for check in self.checks)

    @property
    def sentences(self) -> list[str]:
        return [check.sentence for check in self.checks if not check.holds] + list(self.faults)

    def require(self) -> None:
        """Refuse to hand out anything while two papers differ."""
        if not self.holds:
            raise Refusal(
                "各项输出的合计不一致,没有生成文件。请不要付款或申报,联系系统管理员核查",
                code="unreconciled",
                items=self.sentences[:SHOWN_FAULTS],
            )


def reconcile(pays: Sequence[Pay], run: RunTotals, *, altered: Iterable[str] = ()) -> Reconciliation:
    """All checks. `altered` names slips whose stored content is no longer what was signed."""
    faults = [f"{who}:工资单内容与签字时不同" for who in altered]
    faults += [sentence for pay in pays for sentence in _own_faults(pay)]
    papers = _Papers(pays, run)
    checks = (Check(label, tuple(values(papers).items())) for label, values in CHECKS.items())
    return Reconciliation(tuple(checks), tuple(faults))


def _own_faults(pay: Pay) -> list[str]:
    """What is wrong within one slip: its columns against its figures, its parts against its sums."""
    parts = total(pay[name] * sign for name, sign in GROSS_PARTS.items()) + pay[EARLIER]
    left = pay["应发"] - total(pay[name] for name in (*DEDUCTIONS, EARLIER_DEDUCTIONS))
    pairs = (
        ("应发列", pay.columns["gross_pay"], pay["应发"]),
        ("应发与各项之和", pay["应发"], parts),
        ("三险一金列", pay.columns["social"], total(pay[name] for name in insurance.OWN)),
        ("个税列", pay.columns["iit"], pay["个税"]),
        ("个税与累计预扣", pay["个税"], pay.grown("withheld")),
        ("实发列", pay.columns["net_pay"], pay["实发"]),
        ("实发与应发减扣款", pay["实发"], left),
        ("前期扣款差额与待扣余额", pay[EARLIER_DEDUCTIONS], pay.due_before - pay.lent),
        ("单位社保公积金列", pay.columns["employer_si"], total(pay.employer.values())),
    )
    return [f"{pay.who}:{what}不一致({grouped(one)} 与 {grouped(other)})" for what, one, other in pairs if one != other]


class _Papers:
    """The month as each output has it: the rows it would hand out, read once for all checks."""

    def __init__(self, pays: Sequence[Pay], run: RunTotals) -> None:
        self.pays, self.run = pays, run
        self.wages, self.agents = declarations.wage_rows(pays), declarations.broker_rows(pays)
        self.tax = declarations.check_rows(pays)
        self.insured = insurance.rows(pays)
        self.teams, self.grades = summaries.by_team(pays), summaries.by_grade(pays)
        self.entries = summaries.voucher(pays)
        self.paid, self.unpaid = bank.payable(pays), bank.unpaid(pays)

    def column(self, name: str) -> Decimal:
        """A column of the slips, added up."""
        return total(pay.columns[name] for pay in self.pays)

    def earlier(self, *names: str, declared: bool = False) -> Decimal:
        """What adjustments of earlier months bring in; `declared`: as far as it stands in a broker's tax chain, as that of
        somebody who has become an employee does not."""
        pays = brokers(self.pays) if declared else self.pays
        return total(pay.before_now(name) for pay in pays for name in names)

    def posted(self, step: str, *accounts: str) -> Decimal:
        """The credit side of these accounts in the voucher."""
        return posted(self.entries, step, CREDIT, *accounts)

    def reported(self, key: str) -> dict[str, Decimal]:
        """The signed report's total, where it has one."""
        return {"月报表": self.run.report[key]} if key in self.run.report else {}


def _of(rows: Iterable[Mapping[str, Any]], *keys: str) -> Decimal:
    return total(row[key] for row in rows for key in keys)


def _headcount(papers: _Papers) -> dict[str, Decimal]:
    return {
        "薪酬月报": Decimal(papers.run.headcount),
        "工资单": Decimal(len(papers.pays)),
        "代发与不代发": Decimal(len(papers.paid) + len(papers.unpaid)),
        "两张申报表": Decimal(len(papers.wages) + len(papers.agents)),
        "按团队汇总": (_of(papers.teams, "employees", "brokers") + ZERO).quantize(Decimal(1)),
    }


def _gross(papers: _Papers) -> dict[str, Decimal]:
    vat = sum_of(papers.pays, "增值税") + papers.earlier("vat", declared=True)
    return {
        "薪酬月报": papers.run.gross,
        **papers.reported("gross_pay"),
        "工资单": papers.column("gross_pay"),
        "申报表(经纪人加增值税)": _of(papers.wages, "本期收入") + _of(papers.agents, "本期收入") + vat,
        "按团队汇总": _of(papers.teams, "应发"),
        "按职级汇总": _of(papers.grades, "应发"),
        "会计凭证": papers.posted(ACCRUAL, "应付职工薪酬—工资", "应付手续费及佣金"),
    }


def _backdated(pays: Iterable[Pay]) -> Decimal:
    """三险一金 of people's corrected earlier months, as far as its items are known."""
    return total(amount for pay in pays for one in pay.backdated for amount in one.own.values())


def _own_insurance(papers: _Papers) -> dict[str, Decimal]:
    declared = _of(papers.wages, "基本养老保险费", "基本医疗保险费", "失业保险费", "住房公积金")
    return {
        "工资单(含前期差额)": papers.column("social") + _backdated(papers.pays),
        "社保公积金清单": _of(papers.insured, "own"),
        "工资薪金申报表(加现为经纪人者的前期差额)": declared + _backdated(brokers(papers.pays)),
        "会计凭证": papers.posted(PAYMENT, "其他应付款—社会保险(个人)", "其他应付款—住房公积金(个人)"),
    }


def _employer_insurance(papers: _Papers) -> dict[str, Decimal]:
    return {
        "薪酬月报": papers.run.employer,
        **papers.reported("employer_si"),
        "社保公积金清单": _of(papers.insured, "company"),
        "按团队汇总": _of(papers.teams, "employer"),
        "会计凭证": papers.posted(ACCRUAL, "应付职工薪酬—社会保险"),
    }


def _income_tax(papers: _Papers) -> dict[str, Decimal]:
    return {
        "薪酬月报": papers.run.iit,
        **papers.reported("iit"),
        "申报核对表": _of(papers.tax, "本期应预扣税额"),
        "按团队汇总": _of(papers.teams, "个税"),
        "会计凭证": papers.posted(PAYMENT, "应交税费—代扣代缴个人所得税"),
    }


def _surtax(papers: _Papers) -> dict[str, Decimal]:
    return {
        "工资单(含前期差额)": sum_of(papers.pays, "附加") + papers.earlier("surtax", declared=True),
        "经纪人申报表": _of(papers.agents, "允许扣除的税费"),
    }


def _vat(papers: _Papers) -> dict[str, Decimal]:
    return {
        "工资单(含前期差额)": sum_of(papers.pays, "增值税", "附加") + papers.earlier("vat", "surtax"),
        "会计凭证": papers.posted(PAYMENT, "应交税费—代扣经纪人"),
    }


def _net(papers: _Papers) -> dict[str, Decimal]:
    return {
        "薪酬月报": papers.run.net,
        **papers.reported("net_pay"),
        "代发与不代发": sum_of(papers.paid, "实发") + sum_of(papers.unpaid, "实发"),
        "按团队汇总": _of(papers.teams, "实发"),
        "按职级汇总": _of(papers.grades, "实发"),
        "会计凭证(代发减应收回)": papers.posted(PAYMENT, BANK) - posted(papers.entries, PAYMENT, DEBIT, TO_RECOVER),
    }


def _paid_out(papers: _Papers) -> dict[str, Decimal]:
    return {
        "代发文件": sum_of(papers.paid, "实发"),
        "会计凭证": papers.posted(PAYMENT, BANK),
    }


def _sides(step: str) -> Callable[[_Papers], dict[str, Decimal]]:
    """A voucher's two sides."""
    return lambda papers: {
        "借方": side_total(papers.entries, step, DEBIT),
        "贷方": side_total(papers.entries, step, CREDIT),
    }


# What is compared, in the order of the page: its name, and the total as each paper has it.
CHECKS: Mapping[str, Callable[[_Papers], dict[str, Decimal]]] = {
    "人数": _headcount,
    "应发合计": _gross,
    "三险一金(个人)": _own_insurance,
    "社保公积金(单位)": _employer_insurance,
    "个人所得税": _income_tax,
    "经纪人附加税费": _surtax,
    "经纪人增值税及附加": _vat,
    "实发合计": _net,
    "银行代发": _paid_out,
    f"{ACCRUAL}凭证借贷": _sides(ACCRUAL),
    f"{PAYMENT}凭证借贷": _sides(PAYMENT),
}
