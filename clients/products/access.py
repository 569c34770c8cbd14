"""Who may do what with products and sales."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import require
from branch.people.models import Person
from branch.people.roles import Power


def require_may_list_product(person: Person) -> None:
    """The product list is kept by those who clear the exceptions of the sales."""
    require(person, Power.EXCEPTION_RESOLVE, to="登记产品")


def require_may_clear(person: Person, branch: Branch) -> None:
    require(person, Power.EXCEPTION_RESOLVE, branch=branch, to="核销适当性不符的销售")
