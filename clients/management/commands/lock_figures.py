"""`lock_figures --branch CODE --month YYYY-MM --as USER`: finance reviews and locks the month; a locked one stays as it is."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand, month_argument
from branch.people.models import Person
from clients.figures.access import require_may_lock
from clients.figures.actions import lock
from clients.figures.queries import figures_month


class Command(ActingCommand):
    help = "复核并锁定该月的客户经理业务数据"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--month", required=True, type=month_argument, help="月份,例如 2026-10")

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        month = options["month"]
        standing = figures_month(branch, month)
        if standing.is_locked:
            require_may_lock(person, branch, month)
            self.stdout.write(f"{branch.name}{month.label}业务数据已锁定,没有变化")
            return
        row = lock(branch=branch, month=month, by=person)
        self.stdout.write(
            f"{branch.name}{month.label}业务数据已锁定:{row.totals['people']} 人,净佣金 {row.totals['net_commission']},"
            f"期末资产 {row.totals['assets_end']},散列 {row.digest[:12]}"
        )
