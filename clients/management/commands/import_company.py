"""`import_company FILE --as USER`: one CSV with all branches; each branch is checked and booked by itself.

`--resume N`: go on with the one numbered so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand
from branch.people.models import Person
from clients.imports.company import receive, resume
from clients.imports.models import CompanyImport
from clients.imports.sheets import Upload
from clients.imports.states import PART_REFUSED, QUEUED
from kernel.refusals import Refusal


class Command(ActingCommand):
    help = "导入全公司的《客户月度业务明细》(一份 CSV):按营业部拆分,逐家检查、入账;一家未通过不影响其他"
    needs_branch = False

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("file", metavar="FILE", nargs="?", type=Path, help="CSV 文件")
        what.add_argument("--resume", metavar="N", type=int, help="继续第 N 次公司导入:还没有读入的营业部重新排队,已入账的不动")

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        company = CompanyImport.objects.get(pk=self._handed_in(person, options))
        parts = list(company.parts.all())
        self.stdout.write(f"{company}:{company.get_state_display()},{company.rows} 行,{len(parts)} 家营业部")
        for part in parts:
            if part.state != QUEUED:
                self.stdout.write(
                    f"  {part.code} {part.get_state_display()} {part.rows} 行,异常 {part.waiting} {part.note}".rstrip()
                )
        if waiting := sum(part.state == QUEUED for part in parts):
            self.stdout.write(f"  {waiting} 家由后台任务导入,进度见“公司导入”页面")
        if refused := [part for part in parts if part.state == PART_REFUSED]:
            raise Refusal(f"{len(refused)} 家营业部未入账,其余已入账", code="some_refused")

    def _handed_in(self, person: Person, options: dict[str, Any]) -> int:
        if options["resume"] is not None:
            resume(company_id=options["resume"], by=person)
            number: int = options["resume"]
            return number
        path: Path = options["file"]
        if not path.is_file():
            raise Refusal(f"读不到文件 {path.name}", code="no_file")
        return receive(upload=Upload.of(path.name, path), by=person).pk
