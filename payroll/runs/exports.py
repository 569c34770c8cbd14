"""What may be taken from a run itself: the monthly report, in any computed state, and the list of runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from branch.exports.models import subject_key
from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.refusals import Refusal
from kernel.sheets.writing import OutColumn
from payroll.runs import access
from payroll.runs.forms import RunFilter
from payroll.runs.models import RunQuerySet
from payroll.runs.queries import run_for
from payroll.runs.sheets import report_name, report_workbook

REPORT, RUNS = "pay-report", "pay-runs"
RUN_COLUMNS = (
    OutColumn("number", "单号", width=22),
    OutColumn("branch", "营业部", width=20),
    OutColumn("month", "所属月份", "month", 10),
    OutColumn("pay_month", "发放月份", "month", 10),
    OutColumn("version", "版本", "int", 7),
    OutColumn("state", "状态", width=10),
    OutColumn("headcount", "人数", "int", 8),
    OutColumn("gross_total", "应发合计", "money", 16),
    OutColumn("iit_total", "个税合计", "money", 16),
    OutColumn("net_total", "实发合计", "money", 16),
    OutColumn("employer_total", "单位社保公积金", "money", 16),
    OutColumn("maker", "制表", width=10),
    OutColumn("issued_on", "发放日期", "day", 12),
    OutColumn("serial_no", "备案号", width=20),
)


def prepare_report(wanted: Wanted) -> Prepared:
    """《营业部客户经理薪酬月报表》 of a computed run; its title says so while three have not signed."""
    text = wanted.query.get("run", "")
    run = run_for(wanted.person, int(text) if text.isdecimal() else 0)
    access.may_export(wanted.person, run)
    if not run.is_computed:
        raise Refusal(f"{run}还没有计算完成,不能导出")
    return Prepared(
        title=f"{run.month.label}薪酬月报表",
        name=report_name(run, timezone.localdate()),
        rows=run.headcount,
        build=lambda watermark: report_workbook(run, watermark=watermark),
        branch=run.branch,
        subject=subject_key(run),
        details={"version": run.version, "digest": run.digest},
    )


def _rows(runs: RunQuerySet) -> Iterator[dict[str, Any]]:
    plain = [column.key for column in RUN_COLUMNS if column.key not in {"branch", "state", "maker", "serial_no"}]
    for run in runs:
        yield {name: getattr(run, name) for name in plain} | {
            "branch": run.branch.name,
            "state": run.get_state_display(),
            "maker": run.maker.name,
            "serial_no": run.filing.serial_no if run.filing else "",
        }


def prepare_runs(wanted: Wanted) -> Prepared:
    """The runs as the list filters them."""
    rows = usable(RunFilter(wanted.query, person=wanted.person)).rows(wanted.person)
    return as_prepared(wanted, Listing("薪酬月报", RUN_COLUMNS, _rows(rows), rows.count()))


KINDS = (
    ExportKind(REPORT, "薪酬月报表", prepare_report, takes=("run",), powers=(Power.PAY_EXPORT,), reaches=(Power.PAY_VIEW,)),
    ExportKind(
        RUNS,
        "薪酬月报清单",
        prepare_runs,
        takes=tuple(RunFilter.base_fields),
        powers=(Power.PAY_EXPORT,),
        reaches=(Power.PAY_VIEW,),
    ),
)
