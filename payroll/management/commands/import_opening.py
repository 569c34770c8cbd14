"""`import_opening FILE --branch CODE --as USER`: one person proposes the balances, another confirms the same file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from kernel.refusals import Refusal
from payroll.intake.actions import import_opening, openings
from payroll.intake.findings import sentence

_SAID = {
    openings.PROPOSED: "已提交 {count} 人的期初余额({month}起核算)。下一步:由另一位有确认权限的人(营业部财务或主办会计)"
    "用同一份文件再执行一次,或在页面“期初余额”里核对后确认",
    openings.WAITING: "这份期初余额已由{proposer}提交,正等另一位有确认权限的人用同一份文件确认",
    openings.CONFIRMED: "已确认 {count} 人的期初余额,从{month}起核算",
    openings.UNCHANGED: "文件内容与已确认的期初余额一致,没有改动",
}


class Command(ActingCommand):
    help = "导入期初余额:第一人提交,第二人用同一份文件确认"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", type=Path, help="期初_YYYY-MM.xlsx")
        parser.add_argument("--month", type=month_argument, help="首个核算月份,默认取自文件名")

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        file: Path = options["file"]
        if not file.is_file():
            raise Refusal(f"没有这个文件:{file}")
        outcome = import_opening(content=file.read_bytes(), name=file.name, branch=branch, by=person, month=options["month"])
        opening = outcome.opening
        if outcome.what == openings.REFUSED:
            items = [sentence(item) for item in opening.refused]
            raise Refusal(f"期初余额有 {len(items)} 处错误,没有导入", items=items)
        facts = {"count": opening.people_count, "month": opening.first_month.label, "proposer": opening.proposed_by.name}
        self.stdout.write(_SAID[outcome.what].format(**facts))
        for title, items in (("异常", opening.exceptions), ("提示", opening.notices)):
            for item in items:
                self.stdout.write(f"  {title}:{sentence(item)}")
