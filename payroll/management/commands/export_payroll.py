"""`export_payroll --branch CODE --month YYYY-MM --out FILE.xlsx --as USER`: the month's report, in any computed state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from kernel.refusals import Refusal
from payroll.runs import access, actions
from payroll.runs.queries import run_of_month


class Command(ActingCommand):
    help = "导出《营业部客户经理薪酬月报表》(xlsx)"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--month", required=True, type=month_argument, help="所属月份,例如 2026-10")
        parser.add_argument("--out", required=True, type=Path, help="写到哪个文件(.xlsx)")
        super().add_arguments(parser)

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        access.may_view(person, branch)
        run = run_of_month(person, branch, options["month"])
        if run is None or not run.is_computed:
            raise Refusal(f"{branch.name}{options['month'].label}还没有计算完成的薪酬月报")
        content, _ = actions.export(run_id=run.pk, by=person)
        target: Path = options["out"]
        try:
            target.write_bytes(content)
        except OSError as error:
            raise Refusal(f"不能写入 {target}:{error.strerror}") from error
        self.stdout.write(f"{run}({run.get_state_display()})已写入 {target}:{run.headcount} 人,实发 {run.net_total} 元")
