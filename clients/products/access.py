"""Who may do what with products and sales."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import holds, reach, require
from branch.people.models import Person
from branch.people.roles import Power
from clients.products.models import ProductProposal
from kernel.refusals import Forbidden

PRODUCTS = (Power.EXCEPTION_RESOLVE, Power.PRODUCT_CONFIRM)


def sees_products(person: Person) -> bool:
    return any(holds(person, power) for power in PRODUCTS)


def require_may_propose(person: Person, branch: Branch) -> None:
    """A product, or its change, is proposed by those who clear the exceptions of the branch's sales."""
    require(person, Power.EXCEPTION_RESOLVE, branch=branch, to="登记或变更产品")


def require_may_confirm(person: Person, proposal: ProductProposal) -> None:
    """A listing: the branch's finance, which reviews the figures anyway, or 渠道管理部, for every branch. What is listed is every
    branch's, so that 渠道管理部 alone confirms its change."""
    require(person, Power.PRODUCT_CONFIRM, branch=proposal.branch, to="确认产品登记")
    if proposal.kind == ProductProposal.Kind.CHANGE and not speaks_for_the_company(person):
        raise Forbidden("已登记的产品各营业部共用,变更和停售由渠道管理部确认", code="forbidden")


def speaks_for_the_company(person: Person) -> bool:
    """Whether what the person confirms is confirmed for every branch, not only for the one that asked."""
    return reach(person, Power.PRODUCT_CONFIRM).company


def require_may_clear(person: Person, branch: Branch) -> None:
    require(person, Power.EXCEPTION_RESOLVE, branch=branch, to="核销适当性不符的销售")
