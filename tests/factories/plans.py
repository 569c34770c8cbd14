"""The demo branch with targets: how a year is set and broken down in a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone

from branch.people.models import Person
from clients.imports.models import ImportBatch
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from kernel.months import Month
from teams.plans.targets import actions, queries
from teams.plans.targets.models import Target
from tests.factories.branch import People
from tests.factories.clients import book, client_row, csv_file

YEAR = 2026
MANAGER, DEPUTY, TRADE = "600005", "600004", "600001"
TEAM_LEADER, GROUP_LEADER = "600101", "600102"


def year(monthly: int | str) -> list[Decimal]:
    """The same figure every month."""
    return [Decimal(monthly)] * 12


def october(amount: int | str) -> list[Decimal]:
    """Something to reach in October alone."""
    return [Decimal(0)] * 9 + [Decimal(amount)] + [Decimal(0)] * 2


def root(people: People, metric: str = "accounts", monthly: Sequence[Decimal] | None = None, *, put: bool = True) -> Target:
    """The branch's own target, 120 a month."""
    by = people[MANAGER]
    target = actions.set_root(branch=people.branch, year=YEAR, metric=metric, months=monthly or year(120), by=by)
    return actions.put_in_force(target_id=target.pk, by=by) if put else target


def below(target: Target) -> dict[str, str]:
    """Name of the unit → its key, of whom the target may be broken down on."""
    return {unit.name: unit.key for unit in queries.units_below(target, date(2026, 10, 15))}


def broken_down(target: Target, parts: Mapping[str, Sequence[Decimal]], by: Person, *, put: bool = True) -> dict[str, Target]:
    """The parts by name of their unit, put in force."""
    keys = below(target)
    actions.set_parts(target_id=target.pk, parts={keys[name]: months for name, months in parts.items()}, by=by)
    if put:
        actions.put_parts(target_id=target.pk, by=by)
    return {queries.unit_of(part).name: part for part in Target.objects.filter(parent=target).select_related(*queries.UNITS)}


def chain(people: People, metric: str = "accounts", monthly: Sequence[Decimal] | None = None) -> list[Target]:
    """The same target for the branch, 营销一队, its group 第3组, and 600103 in it."""
    whole = monthly or year(40)
    targets = [root(people, metric, whole)]
    for name in ("营销一队", "第3组", str(people["600103"])):
        targets.append(broken_down(targets[-1], {name: whole}, people[MANAGER])[name])
    return targets


def opened(number: int, day: int, **changes: str) -> dict[str, str]:
    """A client of 600103 with an account opened on that day of October."""
    named = {"客户经理工号": "600103", "客户经理": changes.pop("name", ""), "开户日期": f"2026-10-{day:02d}"}
    return client_row(f"29{number:08d}", **{key: value for key, value in (named | changes).items() if value})


def imported(people: People, rows: list[dict[str, str]], at: str, *more: Upload) -> int:
    """October's file booked at that time and measured, its relations confirmed. Returns the rows measured."""
    book(people, csv_file(rows, name=f"明细{at.replace(':', '')}.csv"), *more)
    confirm_relations(branch=people.branch, month=Month(2026, 10), by=people[TRADE])
    batch = ImportBatch.objects.latest("pk")
    batch.booked_at = timezone.make_aware(datetime.fromisoformat(at))
    batch.save(update_fields=["booked_at"])
    return actions.take_figures(branch=people.branch, month=Month(2026, 10))


def manager_rows(people: People, staff_no: str, days: Sequence[int], *, first: int = 1, **changes: Any) -> list[dict[str, str]]:
    """One new client a day of that manager."""
    named = {"客户经理工号": staff_no, "客户经理": people[staff_no].name, **changes}
    return [opened(first + number, day, **named) for number, day in enumerate(days)]
