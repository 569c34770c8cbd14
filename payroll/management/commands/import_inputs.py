"""`import_inputs FILE --branch CODE --as USER`: the month's pay inputs, checked and booked in one go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from kernel.refusals import Refusal
from payroll.intake.actions import import_inputs
from payroll.intake.findings import sentence


class Command(ActingCommand):
    help = "导入核算输入:有错误则整份不导入,缺人、缺数列为异常"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="核算输入_YYYY-MM.xlsx")
        parser.add_argument("--month", type=month_argument, help="所属月份,默认取自文件名")

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        file: Path = options["file"]
        if not file.is_file():
            raise Refusal(f"没有这个文件:{file}")
        sheet = import_inputs(content=file.read_bytes(), name=file.name, branch=branch, by=person, month=options["month"])
        self.stdout.write(f"已导入{sheet.month.label}核算输入 {sheet.rows} 人,改动 {len(sheet.changes)} 处")
        for title, items in (("异常", sheet.exceptions), ("提示", sheet.notices)):
            for item in items:
                self.stdout.write(f"  {title}:{sentence(item)}")
