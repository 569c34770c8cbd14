"""The demo branch up to a close: roster, openings, scheme, months of client data and inputs, all through the real actions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.management import call_command
from django.test import TestCase

from branch.people.models import Person
from branch.people.queries import branch_by_code, person_for
from branch.roster.actions import import_roster
from clients.figures.actions import lock
from clients.imports.actions import import_files
from clients.products.actions import seed_products
from clients.registry.actions import confirm_relations
from kernel.months import Month
from payroll.intake.actions.inputs import import_inputs
from payroll.intake.actions.openings import confirm_opening, propose_opening
from payroll.runs import actions
from payroll.runs.models import PayRun
from payroll.schemes.actions import seed_demo_scheme
from tests.factories.branch import CRM, People
from tests.factories.clients import client_file, sales_file
from tests.factories.kept import kept

AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)
MONTHS = (AUGUST, SEPTEMBER, OCTOBER)


@contextmanager
def committed() -> Iterator[None]:
    """Inside a test's transaction: run at the end what would run after the commit (jobs)."""
    with TestCase.captureOnCommitCallbacks(execute=True):
        yield


@kept
def settled_branch() -> People:
    """Reference data, log-ins, roster, confirmed openings, the demo scheme in force."""
    call_command("seed_reference", verbosity=0, stdout=io.StringIO())
    call_command("seed_demo", stage="blank", verbosity=0, stdout=io.StringIO())
    seed_products()
    branch = branch_by_code("0755FT")
    trade, finance, accountant = person_for("600001"), person_for("600002"), person_for("600003")
    roster = CRM / "客户经理名册.xlsx"
    import_roster(content=roster.read_bytes(), name=roster.name, branch=branch, effective=date(2026, 8, 1), by=trade)
    data = json.loads((CRM / "scheme_demo.json").read_text(encoding="utf-8"))
    seed_demo_scheme(data=data, branch=branch, by=finance, confirmed_by=person_for("600005"))
    opening = CRM / "期初_2026-08.xlsx"
    proposed = propose_opening(content=opening.read_bytes(), name=opening.name, branch=branch, by=finance)
    confirm_opening(opening_id=proposed.opening.pk, seen_digest=proposed.opening.digest, by=accountant)
    return People(branch, {person.staff_no: person for person in Person.objects.all()})


def month_ready(people: People, month: Month) -> None:
    """Client data imported, relations confirmed, figures locked, inputs booked: everything a computation needs."""
    import_files(files=[client_file(str(month)), sales_file(str(month))], branch=people.branch, by=people["600001"])
    confirm_relations(branch=people.branch, month=month, by=people["600001"])
    lock(branch=people.branch, month=month, by=people["600002"])
    book_inputs(people, month)


def book_inputs(people: People, month: Month) -> None:
    sheet = CRM / f"核算输入_{month}.xlsx"
    import_inputs(content=sheet.read_bytes(), name=sheet.name, branch=people.branch, by=people["600002"])


def computed(people: People, month: Month, **options: Any) -> PayRun:
    """The month's run, computed by 营业部财务."""
    with committed():
        run = actions.compute(branch=people.branch, month=month, by=people["600002"], **options)
    return PayRun.objects.get(pk=run.pk)


@kept
def ready_branch(*months: Month) -> People:
    """The branch with these months ready and all but the last computed."""
    people = settled_branch()
    for month in months:
        month_ready(people, month)
        if month != months[-1]:
            computed(people, month)
    return people


def expected_rows(month: Month) -> dict[str, dict[str, str]]:
    """Staff number → the month's expected row."""
    with (CRM / f"expected_{month}.csv").open(encoding="utf-8-sig") as file:
        return {row["工号"]: row for row in csv.DictReader(file)}
