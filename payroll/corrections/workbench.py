"""What reversals and corrections show on the workbench and in the menu, and where the room signs the registers below."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from approvals.requests import kinds
from branch.clearance import Binding, add_leaving_source
from branch.exports import register as exports
from branch.org.models import Branch
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from payroll.corrections.exports import LEAVER_BALANCES
from payroll.corrections.lending import adjustments_due, corrected_after, settled_after
from payroll.corrections.models import Correction, OutsideSettlement
from payroll.corrections.queries import arrears_in, history
from payroll.corrections.signing import PAY_CORRECTION, PAY_REVERSAL
from payroll.corrections.slips import corrections_of_slip
from payroll.corrections.states import DRAFT, REVIEW
from payroll.runs.register import add_corrections, add_history, add_slip_corrections


def _todos(person: Person) -> Iterable[Todo]:
    """Signers find reversals and corrections among their 待我审批; finance finds what it has begun."""
    scope = reach(person, Power.PAY_CORRECT)
    if scope:
        waiting = Correction.objects.filter(scope.branch_rows(), state__in=(DRAFT, REVIEW))
        yield Todo("没有办完的更正单", waiting, f"{reverse('payroll:correction-list')}?state=open")
    settled = OutsideSettlement.objects.waiting_for(person)
    yield Todo("待确认的线下结清", settled, f"{reverse('payroll:leaver-list')}?show=waiting")


def _binding(person: Person, day: date) -> Iterable[Binding]:
    """待扣余额 of a leaver; it does not hold them back, the last month's own run comes after the last day."""
    branches = Branch.objects.filter(engagements__person=person).distinct()
    owed, address = len(arrears_in(branches, person)), reverse("payroll:correction-list")
    who = "财务在离职结算中扣回,扣不清的另行追偿"
    yield Binding("没有扣清的待扣余额", owed, address, "payroll", who, blocks=False, power=Power.PAY_VIEW)


def sign_in() -> None:
    """Called once when the application starts."""
    kinds.register(PAY_REVERSAL)
    kinds.register(PAY_CORRECTION)
    exports.register(LEAVER_BALANCES)
    add_history(history)
    add_slip_corrections(corrections_of_slip)
    add_leaving_source(_binding)
    add_corrections(adjustments_due, corrected_after, settled_after)
    add_todos(_todos)
    add_menu(MenuItem("payroll", "更正与冲销", "payroll:correction-list", lambda person: holds(person, Power.PAY_VIEW), order=30))
