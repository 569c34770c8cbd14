"""`import_roster FILE --branch CODE --as USER [--effective YYYY-MM-DD]`: the roster, all or nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand
from branch.people.models import Person
from branch.roster.actions import import_roster
from kernel.refusals import Refusal


class Command(ActingCommand):
    help = "导入名册(客户经理、岗位人员);有一处错误则一行也不导入"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="名册文件(xlsx)")
        parser.add_argument("--effective", type=date.fromisoformat, help="调动、职级等变更的生效日,默认今天")
        super().add_arguments(parser)

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        path: Path = options["file"]
        if not path.is_file():
            raise Refusal(f"找不到文件 {path}")
        password = settings.DEMO_PASSWORD if settings.SHOW_DEMO_LOGINS else None
        outcome = import_roster(
            content=path.read_bytes(), name=path.name, branch=branch, effective=options["effective"], password=password, by=person
        )
        self.stdout.write(f"已导入 {outcome.people} 人:新增 {outcome.new} 人,变更 {len(outcome.changes)} 项")
        for line in [*(change.logged() for change in outcome.changes), *outcome.notices]:
            self.stdout.write(f"  - {line}")
