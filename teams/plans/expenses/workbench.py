"""What the expenses show on the workbench and in the menu, how they hear of measured figures, and what may be taken away."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from branch.exports import register as exports
from branch.people.models import Person
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from teams.plans.expenses.access import records_expenses, sees_expenses
from teams.plans.expenses.actions import judge_branch
from teams.plans.expenses.exports import EXPENSES
from teams.plans.expenses.models import ExpenseNote
from teams.plans.targets.register import add_measured


def notes_waiting(person: Person) -> Waiting:
    """Counted alike on menu, workbench and list."""
    return ExpenseNote.objects.waiting_for(person) if records_expenses(person) else 0


def _todos(person: Person) -> Iterable[Todo]:
    yield Todo("费用超过限额,待说明", notes_waiting(person), reverse("plans:expense-list"), urgent=True)


def sign_in() -> None:
    """Called once when the application starts."""
    add_measured(judge_branch)
    exports.register(EXPENSES)
    add_todos(_todos)
    add_menu(MenuItem("teams", "团队费用", "plans:expense-list", sees_expenses, notes_waiting, 7, "计划"))
