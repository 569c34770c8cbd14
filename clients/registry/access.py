"""Who may do what with clients and relations."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import has_role, holds, require
from branch.people.models import Person
from branch.people.roles import Power


def require_may_confirm(person: Person, branch: Branch) -> None:
    """Relations are confirmed, changed and voided by 交易管理岗 (art. 21)."""
    require(person, Power.RELATION_CONFIRM, branch=branch, to="确认客户关系")


def sees_clients(person: Person) -> bool:
    """Whether 客户 has a place in this person's menu: by power, or as a client manager with own clients."""
    return holds(person, Power.CLIENT_VIEW) or has_role(person, "client_manager")
