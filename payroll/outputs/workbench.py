"""Where the outputs sign in: their kinds of export, and head office's place in the menu."""

from __future__ import annotations

from branch.exports.register import register
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, add_menu
from payroll.outputs.exports import KINDS


def _sees_company(person: Person) -> bool:
    return holds(person, Power.CLOSE_VIEW)


def sign_in() -> None:
    """Called once when the application starts."""
    register(*KINDS)
    add_menu(MenuItem("payroll", "公司薪酬汇总", "payroll:company-summary", _sees_company, order=8))
