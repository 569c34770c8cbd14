"""Who may say that somebody leaves: who keeps the branch's roster, never for oneself."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people import access
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal, allows


def require_leaving(by: Person, person: Person, branch: Branch) -> None:
    """`branch`: where the person is engaged."""
    access.require(by, Power.ROSTER_IMPORT, branch=branch, to="登记离职")
    if by.pk == person.pk:
        raise Refusal("不能登记自己离职,请由另一位有权限的同事办理")


def may_register_leaving(by: Person, person: Person, branch: Branch) -> bool:
    return allows(lambda: require_leaving(by, person, branch))
