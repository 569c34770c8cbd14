"""The outputs as files: workbooks, and the bank's file as GBK text as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from kernel.money import in_words
from kernel.sheets.csv_writing import GBK, csv_bytes
from kernel.sheets.writing import Book, OutColumn, Sheet
from payroll.outputs import bank, declarations, insurance, summaries
from payroll.outputs.pay import Pay
from payroll.outputs.queries import ApprovedMonth
from payroll.runs.models import PayRun

Rows = Sequence[Mapping[str, Any]]
YEAR_COLUMNS = (
    OutColumn("staff_no", "工号", width=10),
    OutColumn("name", "姓名", width=12),
    OutColumn("kind", "用工性质", width=12),
    OutColumn("months", "发放次数", "int", 10),
    OutColumn("gross_pay", "应发", "money", 16, total=True),
    OutColumn("social", "三险一金", "money", 16, total=True),
    OutColumn("iit", "个税", "money", 16, total=True),
    OutColumn("net_pay", "实发", "money", 16, total=True),
    OutColumn("employer_si", "单位社保公积金", "money", 16, total=True),
    OutColumn("outside", "线下结清(税前)", "money", 16, total=True),
    OutColumn("outside_tax", "线下代扣个税", "money", 16, total=True),
    OutColumn("chain_income", "累计收入(含期初)", "money", 18),
    OutColumn("chain_taxable", "累计应纳税所得额", "money", 18),
    OutColumn("chain_withheld", "累计已预扣税额(含期初)", "money", 20),
)


def file_name(run: PayRun, what: str, day: date, *, ending: str = "xlsx") -> str:
    """营业部_月份_报表_日期.xlsx"""
    return f"{run.branch.name}_{run.month}_{what}_{day:%Y-%m-%d}.{ending}"


def _heading(run: PayRun, what: str, *further: str) -> list[str]:
    line = f"单号:{run.number} 第 {run.version} 版    所属月份:{run.month.label}    发放月份:{run.pay_month.label}    单位:元"
    return [f"{run.branch.name}{what}", line, *further]


def bank_workbook(month: ApprovedMonth, rows: Rows, beside: Rows, watermark: str) -> bytes:
    """代发明细 with its control figures; on the second sheet who isn't paid and whose account changed."""
    run = month.run
    _, amount = bank.control(rows)
    control = bank.control_line(rows)
    detail = Sheet(
        title="代发明细",
        columns=bank.COLUMNS,
        rows=rows,
        heading=_heading(run, f"{run.month.label}代发明细", control),
        totals="sum",
        footer=[f"{control}    大写:{in_words(amount)}", f"薪酬月报实发合计:{run.net_total:,.2f} 元"],
    )
    others = Sheet(
        title="不代发与须核对", columns=bank.UNPAID_COLUMNS, rows=beside, heading=_heading(run, "不代发与须核对"), totals="sum"
    )
    return Book(detail, others, watermark=watermark).to_bytes()


def bank_text(rows: Rows) -> bytes:
    """The same rows as GBK text: heads, one line a payment, the control line. Bare, for a bank's import."""
    count, amount = bank.control(rows)
    heads = [column.label for column in bank.COLUMNS]
    body = [[row[column.key] for column in bank.COLUMNS] for row in rows]
    return csv_bytes(heads, [*body, ["合计", f"{count}笔", "", "", amount, ""]], encoding=GBK)


def declaration_workbook(run: PayRun, layout: str, rows: Rows, pays: Sequence[Pay], watermark: str) -> bytes:
    """The layout exactly as it is imported (no title above the heads), and a sheet to compare the client's result with."""
    columns = declarations.BROKER_COLUMNS if layout == "broker" else declarations.WAGE_COLUMNS
    title = "证券经纪人佣金收入" if layout == "broker" else "正常工资薪金收入"
    check = Sheet(
        title="核对表(不导入)",
        columns=declarations.CHECK_COLUMNS,
        rows=declarations.check_rows(pays),
        heading=_heading(run, f"{title}核对表", f"税款所属期:{run.pay_month.label}(按发放月份)"),
        totals="sum",
    )
    return Book(Sheet(title=title, columns=columns, rows=rows), check, watermark=watermark).to_bytes()


def insurance_workbook(month: ApprovedMonth, watermark: str) -> bytes:
    rows = insurance.rows(month.pays)
    items = Sheet(
        title="按险种",
        columns=(
            OutColumn("item", "险种", width=14),
            OutColumn("own", "个人", "money", 16, total=True),
            OutColumn("company", "单位", "money", 16, total=True),
            OutColumn("both", "合计", "money", 16, total=True),
        ),
        rows=[
            {"item": item, "own": own, "company": company, "both": own + company}
            for item, own, company in insurance.by_item(month.pays)
        ],
        heading=_heading(month.run, "社保公积金按险种合计"),
        totals="sum",
    )
    people = Sheet(
        title="社保公积金清单", columns=insurance.COLUMNS, rows=rows, heading=_heading(month.run, "社保公积金清单"), totals="sum"
    )
    return Book(people, items, watermark=watermark).to_bytes()


def summary_workbook(month: ApprovedMonth, watermark: str) -> bytes:
    """按团队, 按职级 and the voucher's amounts."""
    run, pays = month.run, month.pays

    def grouped(title: str, rows: Rows) -> Sheet:
        return Sheet(title=title, columns=summaries.COLUMNS, rows=rows, heading=_heading(run, f"薪酬汇总({title})"), totals="sum")

    voucher = Sheet(
        title="会计凭证汇总",
        columns=summaries.VOUCHER_COLUMNS,
        rows=[[entry.step, entry.side, entry.account, entry.amount] for entry in summaries.voucher(pays)],
        heading=_heading(run, "会计凭证汇总"),
        footer=["科目为参考,请按本公司会计科目表对应;各凭证借贷相等"],
    )
    teams, grades = summaries.by_team(pays), summaries.by_grade(pays)
    return Book(grouped("按团队", teams), grouped("按职级", grades), voucher, watermark=watermark).to_bytes()


def year_workbook(run: PayRun, rows: Rows, watermark: str) -> bytes:
    heading = _heading(
        run,
        f"{run.pay_month.year} 年累计(截至 {run.pay_month.label}发放)",
        "“含期初”的列从税款累计取数(员工的含线下结清),其余为系统内已批准的各月之和;“线下”的两列为薪酬月报以外已确认的收付,收回为负",
    )
    return Book(
        Sheet(title="本年累计", columns=YEAR_COLUMNS, rows=rows, heading=heading, totals="sum"), watermark=watermark
    ).to_bytes()
