"""Who may do what with products and sales."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import holds, reach, require
from branch.people.models import Person
from branch.people.roles import Power

PRODUCTS = (Power.EXCEPTION_RESOLVE, Power.PRODUCT_CONFIRM)


def sees_products(person: Person) -> bool:
    return any(holds(person, power) for power in PRODUCTS)


def require_may_propose(person: Person, branch: Branch) -> None:
    """A product is proposed by those who clear the exceptions of the branch's sales."""
    require(person, Power.EXCEPTION_RESOLVE, branch=branch, to="登记产品")


def require_may_confirm(person: Person, branch: Branch) -> None:
    """The branch's finance, which reviews the figures anyway; or 渠道管理部, for every branch."""
    require(person, Power.PRODUCT_CONFIRM, branch=branch, to="确认产品登记")


def speaks_for_the_company(person: Person) -> bool:
    """Whether what the person confirms is confirmed for every branch, not only for the one that asked."""
    return reach(person, Power.PRODUCT_CONFIRM).company


def require_may_clear(person: Person, branch: Branch) -> None:
    require(person, Power.EXCEPTION_RESOLVE, branch=branch, to="核销适当性不符的销售")
