"""One figure, many papers: each total is taken from each output's own rows, and nothing is handed out while two differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, grouped, total
from kernel.refusals import Refusal
from payroll.outputs import bank, declarations, insurance, summaries
from payroll.outputs.pay import Pay, sum_of
from payroll.outputs.summaries import ACCRUAL, CREDIT, DEBIT, PAYMENT, posted, side_total
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
    return Reconciliation(tuple(_checks(pays, run)), tuple(faults))


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
        ("单位社保公积金列", pay.columns["employer_si"], total(pay.employer.values())),
    )
    return [f"{pay.who}:{what}不一致({grouped(one)} 与 {grouped(other)})" for what, one, other in pairs if one != other]


def _checks(pays: Sequence[Pay], run: RunTotals) -> Iterable[Check]:
    wages, agents = declarations.wage_rows(pays), declarations.broker_rows(pays)
    insured, teams, grades = insurance.rows(pays), summaries.by_team(pays), summaries.by_grade(pays)
    entries = summaries.voucher(pays)

    def of(rows: Iterable[Mapping[str, Any]], *keys: str) -> Decimal:
        return total(row[key] for row in rows for key in keys)

    heads = (
        ("薪酬月报", Decimal(run.headcount)),
        ("工资单", Decimal(len(pays))),
        ("代发与不代发", Decimal(len(bank.payable(pays)) + len(bank.unpaid(pays)))),
        ("两张申报表", Decimal(len(wages) + len(agents))),
        ("按团队汇总", of(teams, "employees", "brokers") + ZERO),
    )
    yield Check("人数", tuple((paper, value.quantize(Decimal(1))) for paper, value in heads))
    yield Check(
        "应发合计",
        (
            ("薪酬月报", run.gross),
            *_reported(run, "月报表", "gross_pay"),
            ("工资单", total(pay.columns["gross_pay"] for pay in pays)),
            (
                "申报表(经纪人加增值税)",
                of(wages, "本期收入") + of(agents, "本期收入") + sum_of(pays, "增值税") + _earlier(pays, "vat"),
            ),
            ("按团队汇总", of(teams, "应发")),
            ("按职级汇总", of(grades, "应发")),
            ("会计凭证", posted(entries, ACCRUAL, CREDIT, "应付职工薪酬—工资", "应付手续费及佣金")),
        ),
    )
    yield Check(
        "三险一金(个人)",
        (
            ("工资单", total(pay.columns["social"] for pay in pays)),
            ("社保公积金清单", of(insured, "own")),
            ("工资薪金申报表", of(wages, "基本养老保险费", "基本医疗保险费", "失业保险费", "住房公积金")),
            ("会计凭证", posted(entries, PAYMENT, CREDIT, "其他应付款—社会保险(个人)", "其他应付款—住房公积金(个人)")),
        ),
    )
    yield Check(
        "社保公积金(单位)",
        (
            ("薪酬月报", run.employer),
            *_reported(run, "月报表", "employer_si"),
            ("社保公积金清单", of(insured, "company")),
            ("按团队汇总", of(teams, "employer")),
            ("会计凭证", posted(entries, ACCRUAL, CREDIT, "应付职工薪酬—社会保险")),
        ),
    )
    yield Check(
        "个人所得税",
        (
            ("薪酬月报", run.iit),
            *_reported(run, "月报表", "iit"),
            ("申报核对表", of(declarations.check_rows(pays), "本期应预扣税额")),
            ("按团队汇总", of(teams, "个税")),
            ("会计凭证", posted(entries, PAYMENT, CREDIT, "应交税费—代扣代缴个人所得税")),
        ),
    )
    surtax = sum_of(pays, "附加") + _earlier(pays, "surtax")
    yield Check("经纪人附加税费", (("工资单(含前期差额)", surtax), ("经纪人申报表", of(agents, "允许扣除的税费"))))
    yield Check(
        "经纪人增值税及附加",
        (
            ("工资单", sum_of(pays, "增值税", "附加")),
            ("会计凭证", posted(entries, PAYMENT, CREDIT, "应交税费—代扣经纪人")),
        ),
    )
    yield Check(
        "实发合计",
        (
            ("薪酬月报", run.net),
            *_reported(run, "月报表", "net_pay"),
            ("代发与不代发", sum_of(bank.payable(pays), "实发") + sum_of(bank.unpaid(pays), "实发")),
            ("按团队汇总", of(teams, "实发")),
            ("按职级汇总", of(grades, "实发")),
            ("会计凭证", posted(entries, PAYMENT, CREDIT, "银行存款")),
        ),
    )
    for step in (ACCRUAL, PAYMENT):
        yield Check(f"{step}凭证借贷", (("借方", side_total(entries, step, DEBIT)), ("贷方", side_total(entries, step, CREDIT))))


def _earlier(pays: Sequence[Pay], name: str) -> Decimal:
    return total(pay.before_now(name) for pay in pays)


def _reported(run: RunTotals, paper: str, key: str) -> list[tuple[str, Decimal]]:
    return [(paper, run.report[key])] if key in run.report else []
