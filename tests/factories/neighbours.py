"""A second branch beside the demo's, with a manager, 交易管理岗 and finance of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from branch.org.models import Branch
from branch.people.models import Engagement, Person
from clients.figures.actions import lock
from clients.figures.models import FiguresMonth
from clients.imports.actions import import_files
from clients.registry.actions import confirm_relations
from kernel.months import Month
from tests.factories.branch import give_role, make_branch, make_person
from tests.factories.clients import client_row, csv_file
from tests.factories.kept import kept


@dataclass
class Office:
    """A branch, and who works there."""

    branch: Branch
    manager: Person
    importer: Person
    finance: Person

    def row(self, client_no: str = "1", **changes: str) -> dict[str, str]:
        own = {"营业部代码": self.branch.code, "客户经理工号": self.manager.staff_no, "客户经理": ""}
        return client_row(client_no, **own | changes)

    def book(self, *rows: dict[str, str], month: str = "2026-10") -> None:
        """Import and confirm these rows of the month."""
        import_files(files=[csv_file([one | {"月份": month} for one in rows])], branch=self.branch, by=self.importer)
        confirm_relations(branch=self.branch, month=Month.parse(month), by=self.importer)

    def lock(self, month: str = "2026-10") -> FiguresMonth:
        return lock(branch=self.branch, month=Month.parse(month), by=self.finance)


def office(code: str, name: str, first_staff_no: int) -> Office:
    branch, hired = make_branch(code, name), date(2024, 1, 1)
    people = [make_person(str(first_staff_no + at), f"{sign}小{name[0]}") for at, sign in enumerate("何齐钱")]
    for person in people:
        Engagement.objects.create(
            person=person, branch=branch, kind="employee", hired_on=hired, contract_from=hired, contract_to=date(2028, 1, 1)
        )
    give_role(people[1], "trade_admin", branch=branch)
    give_role(people[2], "branch_finance", branch=branch)
    return Office(branch, *people)


@kept
def two_offices() -> tuple[Office, Office]:
    return office("0755FT", "福田营业部", 700_100), office("0755NS", "南山营业部", 700_200)
