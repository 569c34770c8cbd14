"""`export_payroll --branch CODE --month YYYY-MM --what report --out FILE.xlsx --as USER`: what a month is handed out as.

The report may be taken in any computed state. `bank` writes GBK text where the file is named .csv. Full account and identity
numbers want `--reason`. Each is recorded like the page's own export.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from branch.exports import actions
from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from kernel.refusals import Refusal
from payroll.outputs import exports
from payroll.runs import access
from payroll.runs.exports import REPORT
from payroll.runs.queries import run_of_month

WHAT = {
    "report": REPORT,
    "bank": exports.BANK,
    "iit-wages": exports.WAGES,
    "iit-broker": exports.BROKER,
    "insurance": exports.INSURANCE,
    "summary": exports.SUMMARY,
    "year": exports.YEAR,
}


class Command(ActingCommand):
    help = "导出薪酬月报表、代发文件、个税申报表、社保公积金清单、汇总"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, type=month_argument, help="所属月份,例如 2026-10")
        parser.add_argument("--what", choices=list(WHAT), default="report", help="导出什么(默认月报表)")
        parser.add_argument("--reason", default="", help="用途;代发文件和个税申报表必须写明")
        parser.add_argument("--out", required=True, type=Path, help="写到哪个文件(.xlsx;代发文件也可以是 .csv)")
        super().add_arguments(parser)

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        access.may_view(person, branch)
        run = run_of_month(person, branch, options["month"])
        if run is None or not run.is_computed:
            raise Refusal(f"{branch.name}{options['month'].label}还没有计算完成的薪酬月报")
        target: Path = options["out"]
        filters = {"run": str(run.pk)}
        if options["what"] == "bank" and target.suffix.lower() == ".csv":
            filters["format"] = "csv"
        content, name, _ = actions.take(kind=WHAT[options["what"]], filters=filters, by=person, reason=options["reason"])
        try:
            target.write_bytes(content)
        except OSError as error:
            raise Refusal(f"不能写入 {target}:{error.strerror}") from error
        self.stdout.write(f"{run}({run.get_state_display()})已写入 {target}({name}):{run.headcount} 人,实发 {run.net_total} 元")
