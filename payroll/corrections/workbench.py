"""What reversals and corrections show on the workbench and in the menu, and where the room signs the registers below."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from approvals.requests import kinds
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from payroll.corrections.lending import adjustments_due, corrected_after
from payroll.corrections.models import Correction
from payroll.corrections.queries import history
from payroll.corrections.signing import PAY_CORRECTION, PAY_REVERSAL
from payroll.corrections.states import DRAFT, REVIEW
from payroll.runs.register import add_corrections, add_history


def _todos(person: Person) -> Iterable[Todo]:
    """Signers find reversals and corrections among their 待我审批; finance finds what it has begun."""
    scope = reach(person, Power.PAY_CORRECT)
    if scope:
        waiting = Correction.objects.filter(scope.branch_rows(), state__in=(DRAFT, REVIEW))
        yield Todo("没有办完的更正单", waiting, f"{reverse('payroll:correction-list')}?state=open")


def sign_in() -> None:
    """Called once when the application starts."""
    kinds.register(PAY_REVERSAL)
    kinds.register(PAY_CORRECTION)
    add_history(history)
    add_corrections(adjustments_due, corrected_after)
    add_todos(_todos)
    add_menu(MenuItem("payroll", "更正与冲销", "payroll:correction-list", lambda person: holds(person, Power.PAY_VIEW), order=30))
