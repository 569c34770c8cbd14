"""The report as a workbook: the form's columns on the first sheet, the figures to check against on the second."""

from __future__ import annotations

from datetime import date
from itertools import tee
from typing import Any

from branch.org.models import Company
from kernel.money import ZERO, in_words
from kernel.sheets.writing import Book, OutColumn, Sheet
from payroll.reckoning import lines
from payroll.runs.models import PayRun
from payroll.runs.queries import Signature, signatures_of
from payroll.runs.report import COLUMNS, FILING_LABEL, Reported, each_row, slips_for_report

TITLE = "营业部客户经理薪酬月报表"
CHECK_TITLE = "核算明细"
FIGURES = (*lines.COLUMNS, *lines.OPTIONAL)
_COUNTS = {"期末客户数", "新增有效户"}
_FACTORS = {"职责系数", "合规系数"}


def check_columns() -> tuple[OutColumn, ...]:
    """工号, 姓名 and every figure of the reckoning, in its order."""
    kinds = {"完成率": "number4"} | dict.fromkeys(_COUNTS, "int") | dict.fromkeys(_FACTORS, "number1")
    figures = (OutColumn(name, name, kinds.get(name, "money"), 14, total=name not in {"完成率", *_FACTORS}) for name in FIGURES)
    return (OutColumn("工号", "工号", "text", 9), OutColumn("姓名", "姓名", "text", 9), *figures)


def report_name(run: PayRun, day: date) -> str:
    """营业部_月份_报表_日期.xlsx"""
    return f"{run.branch.name}_{run.month}_客户经理薪酬月报表_{day:%Y-%m-%d}.xlsx"


def standing(run: PayRun) -> str:
    """What the title says of a report that three have not signed."""
    return "" if run.is_fixed else f"({run.get_state_display()},未批准)"


def report_workbook(run: PayRun, *, watermark: str = "") -> bytes:
    """The whole workbook of a computed run; slips are read once, as the rows of both sheets are written."""
    slips, again = tee(slips_for_report(run))
    company = Company.objects.first()
    heading = [
        f"{company.name if company else ''}{TITLE}{standing(run)}",
        f"单号:{run.number} 第 {run.version} 版    营业部:{run.branch.name}    所属月份:{run.month.label}    "
        f"发放月份:{run.pay_month.label}    单位:元    薪酬方案:{run.scheme.label}",
    ]
    report = Sheet(
        title="薪酬月报表",
        columns=COLUMNS,
        rows=each_row(run, slips),
        heading=heading,
        totals="sum",
        footer=[f"实发合计(大写):{in_words(run.net_total)}", *(_signed(one) for one in signatures_of(run)), _filed(run)],
    )
    check = Sheet(title=CHECK_TITLE, columns=check_columns(), rows=map(_check_row, again), totals="sum")
    return Book(report, check, watermark=watermark).to_bytes()


def _check_row(slip: Reported) -> list[Any]:
    figures = slip.figures
    return [slip.staff_no, slip.name, *(figures.get(name, ZERO) for name in FIGURES)]


def _signed(signature: Signature) -> str:
    day = f"{signature.on:%Y-%m-%d}" if signature.on else "未签"
    return f"{signature.label}:{signature.name}    日期:{day}"


def _filed(run: PayRun) -> str:
    return f"{FILING_LABEL}:{run.filing.serial_no if run.filing else ''}"
