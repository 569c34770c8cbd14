"""`confirm_relations --branch CODE --month YYYY-MM --as USER`: every proposed slip of the month, opening and new."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from clients.registry.actions import confirm_relations


class Command(ActingCommand):
    help = "确认该月全部待核的《客户经理营销客户确认单》(期初与新开户)"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--month", required=True, type=month_argument, help="月份,例如 2026-08")

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        count = confirm_relations(branch=branch, month=options["month"], by=person)
        self.stdout.write(f"{branch.name}{options['month'].label}确认客户关系 {count} 户" if count else "没有待确认的客户关系")
