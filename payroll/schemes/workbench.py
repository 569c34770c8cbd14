"""What waits for a person among the schemes."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from branch.people.models import Person
from branch.roster.register import add_grades
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from payroll.schemes import access
from payroll.schemes.models import SchemeVersion, SchemeVersionQuerySet
from payroll.schemes.queries import grades_at


def schemes_waiting(person: Person) -> SchemeVersionQuerySet:
    """Counted alike on menu, workbench and list."""
    return SchemeVersion.objects.waiting_for(person)


def todos(person: Person) -> Iterator[Todo]:
    yield Todo("待确认的薪酬方案", schemes_waiting(person), reverse("payroll:scheme-list"))


def sign_in() -> None:
    """Take the places in menu and workbench; called once the apps are ready."""
    add_todos(todos)
    add_grades(grades_at)
    add_menu(MenuItem("payroll", "薪酬方案", "payroll:scheme-list", access.sees_schemes, schemes_waiting, order=40))
