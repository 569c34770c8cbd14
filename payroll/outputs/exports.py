"""What may be taken from an approved run. Every kind first asks `reconcile`: nothing leaves while two papers differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from branch.exports.models import subject_key
from branch.exports.register import CSV, ExportKind, Prepared, Wanted
from branch.files.responses import XLSX
from branch.people.roles import Power
from kernel.money import total
from kernel.refusals import Refusal
from payroll.outputs import access, bank, declarations, insurance, sheets
from payroll.outputs.company import prepare_company
from payroll.outputs.pay import brokers, employees
from payroll.outputs.queries import ApprovedMonth, accounts_of, approved_run, documents_of, month_of, paid_in_month, year_rows
from payroll.outputs.summaries import BANK as BANK_ACCOUNT
from payroll.outputs.summaries import CREDIT, PAYMENT, posted, voucher
from payroll.runs.models import PayRun

BANK, WAGES, BROKER = "pay-bank", "iit-wages", "iit-broker"
INSURANCE, SUMMARY, YEAR, COMPANY = "pay-insurance", "pay-summary", "pay-year", "company-pay"


def _month(wanted: Wanted, allowed: Callable[..., None]) -> ApprovedMonth:
    """The approved run that is asked for, reconciled. Raises what its access, its state or its sums refuse."""
    run = approved_run(wanted.person, wanted.query.get("run", ""))
    allowed(wanted.person, run.branch)
    month = month_of(run)
    month.checked.require()
    return month


def _prepared(
    run: PayRun, what: str, rows: int, build: Callable[[str], bytes], *, text: bool = False, **details: Any
) -> Prepared:
    return Prepared(
        title=f"{run.month.label}{what}",
        name=sheets.file_name(run, what, timezone.localdate(), ending="csv" if text else "xlsx"),
        rows=rows,
        build=build,
        content_type=CSV if text else XLSX,
        branch=run.branch,
        subject=subject_key(run),
        details=details,
    )


def prepare_bank(wanted: Wanted) -> Prepared:
    """代发文件: refused while somebody to be paid has no account, or the rows don't come to the run's 实发."""
    month = _month(wanted, access.may_pay_out)
    run, pays = month.run, month.pays
    accounts = accounts_of(pays)
    lacking = bank.lacking(pays, accounts)
    if lacking:
        raise Refusal(
            f"{len(lacking)} 人没有银行账号,代发合计会与实发合计不符,没有生成文件;请由交易管理岗在名册中补上银行卡号",
            code="no_account",
            items=[f"{pay.who},实发 {pay['实发']:,.2f} 元" for pay in lacking],
        )
    rows, beside = bank.lines(pays, accounts, run.month), bank.unpaid_rows(pays, accounts)
    count, amount = bank.control(rows)
    held = total(pay["实发"] for pay in bank.unpaid(pays))
    booked = posted(voucher(pays), PAYMENT, CREDIT, BANK_ACCOUNT)
    if amount + held != run.net_total or amount != booked:
        raise Refusal(
            f"代发合计 {amount:,.2f} 元与实发合计 {run.net_total:,.2f} 元(不代发 {held:,.2f} 元)"
            f"、会计凭证银行存款 {booked:,.2f} 元不一致,没有生成文件",
            code="unreconciled",
        )
    return _prepared(
        run,
        "代发文件",
        count,
        lambda mark: sheets.bank_text(rows) if wanted.csv else sheets.bank_workbook(month, rows, beside, mark),
        text=wanted.csv,
        count=count,
        total=str(amount),
        changed_accounts=bank.changed(pays, accounts),
    )


def _declaration(layout: str) -> Callable[[Wanted], Prepared]:
    def prepare(wanted: Wanted) -> Prepared:
        month = _month(wanted, access.may_pay_out)
        run = month.run
        everybody = paid_in_month(month)
        pays = brokers(everybody) if layout == "broker" else employees(everybody)
        if not pays:
            raise Refusal(
                f"{run.pay_month.label}发放的薪酬里没有{'证券经纪人' if layout == 'broker' else '员工'},无须生成这张申报表"
            )
        documents = documents_of(pays, timezone.localdate())
        make = declarations.broker_rows if layout == "broker" else declarations.wage_rows
        rows = make(pays, documents)
        tax = total(pay.grown("withheld") for pay in pays)
        return _prepared(
            run,
            "个税申报_证券经纪人" if layout == "broker" else "个税申报_工资薪金",
            len(rows),
            lambda mark: sheets.declaration_workbook(run, layout, rows, pays, mark),
            count=len(rows),
            income=str(total(row["本期收入"] for row in rows)),
            tax=str(tax),
        )

    return prepare


def prepare_insurance(wanted: Wanted) -> Prepared:
    month = _month(wanted, access.may_sum_up)
    rows = insurance.rows(month.pays)
    return _prepared(
        month.run,
        "社保公积金清单",
        len(rows),
        lambda mark: sheets.insurance_workbook(month, mark),
        own=str(total(row["own"] for row in rows)),
        company=str(month.run.employer_total),
    )


def prepare_summary(wanted: Wanted) -> Prepared:
    month = _month(wanted, access.may_sum_up)
    return _prepared(
        month.run,
        "薪酬汇总",
        len(month.pays),
        lambda mark: sheets.summary_workbook(month, mark),
        gross=str(month.run.gross_total),
        net=str(month.run.net_total),
    )


def prepare_year(wanted: Wanted) -> Prepared:
    month = _month(wanted, access.may_sum_up)
    rows: Sequence[dict[str, Any]] = year_rows(month.run, month.pays)
    return _prepared(month.run, "本年累计", len(rows), lambda mark: sheets.year_workbook(month.run, rows, mark))


def _kind(code: str, label: str, prepare: Callable[[Wanted], Prepared], power: Power, *, secret: bool = False) -> ExportKind:
    """Pay of a run, by a power, seen by PAY_VIEW: both reaches count at each download."""
    return ExportKind(
        code,
        label,
        prepare,
        takes=("run",),
        powers=(power,),
        reaches=(Power.PAY_VIEW,),
        secret=secret,
        keep_days=1 if secret else None,
    )


KINDS = (
    _kind(BANK, "代发文件", prepare_bank, Power.PAY_ISSUE, secret=True),
    _kind(WAGES, "个税申报(工资薪金)", _declaration("wages"), Power.PAY_ISSUE, secret=True),
    _kind(BROKER, "个税申报(证券经纪人)", _declaration("broker"), Power.PAY_ISSUE, secret=True),
    _kind(INSURANCE, "社保公积金清单", prepare_insurance, Power.PAY_EXPORT),
    _kind(SUMMARY, "薪酬汇总与会计凭证", prepare_summary, Power.PAY_EXPORT),
    _kind(YEAR, "本年累计", prepare_year, Power.PAY_EXPORT),
    ExportKind(COMPANY, "公司薪酬汇总", prepare_company, takes=("month",), powers=(Power.CLOSE_VIEW,)),
)
