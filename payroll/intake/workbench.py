"""What waits for a person in the intake: balances and tax modes to confirm, a month's inputs that are not there or not whole."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from django.utils import timezone

from branch.exports import register as exports
from branch.people.access import holds
from branch.people.choices import branches_of
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from kernel.months import Month
from payroll.intake import access, queries
from payroll.intake.exports import KINDS as EXPORTS
from payroll.intake.models import OpeningSet, OpeningSetQuerySet, TaxMode, TaxModeQuerySet


def openings_waiting(person: Person) -> OpeningSetQuerySet:
    """Counted alike on menu, workbench and list."""
    return OpeningSet.objects.waiting_for(person)


def tax_modes_waiting(person: Person) -> TaxModeQuerySet:
    """Counted alike on menu, workbench and list."""
    return TaxMode.objects.waiting_for(person)


def todos(person: Person) -> Iterator[Todo]:
    yield Todo("待确认的期初余额", openings_waiting(person), reverse("payroll:opening-list"))
    waiting = list(tax_modes_waiting(person).order_by("tax_year").select_related("branch"))
    query = f"?branch={waiting[0].branch.code}&year={waiting[0].tax_year}" if waiting else ""
    yield Todo("待确认的个税减除方式", len(waiting), reverse("payroll:tax-mode-list") + query)
    if holds(person, Power.INPUTS_IMPORT):
        month = Month.of(timezone.localdate()).previous
        branches = branches_of(person, Power.INPUTS_IMPORT)
        for one in queries.inputs_wanting(branches, month):
            name = one.branch.name if len(branches) > 1 else ""
            url = f"{reverse('payroll:input-list')}?branch={one.branch.code}&month={month}"
            if not one.booked and one.missing:
                yield Todo(f"{month.label}核算输入尚未导入", one.missing, url, branch=name)
            elif one.missing or one.incomplete:
                yield Todo(f"{month.label}核算输入不全的人员", one.missing + one.incomplete, url, branch=name)


def sign_in() -> None:
    """Take the places in menu and workbench; called once the apps are ready."""
    exports.register(*EXPORTS)
    add_todos(todos)
    add_menu(
        MenuItem("payroll", "核算输入", "payroll:input-list", access.sees_inputs, order=30),
        MenuItem("payroll", "期初余额", "payroll:opening-list", access.sees_openings, openings_waiting, order=50),
        MenuItem("payroll", "个税减除方式", "payroll:tax-mode-list", access.sees_tax_modes, tax_modes_waiting, order=55),
    )
