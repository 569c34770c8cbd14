"""Who may import, and who may resolve what waits."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import reach, require
from branch.people.models import Person
from branch.people.roles import Power
from clients.imports.kinds import CHANGED, EXCLUDE
from kernel.refusals import Forbidden


def require_may_import(person: Person, branch: Branch) -> None:
    """交易管理岗 for the own branch; who imports the company's file for every branch in it."""
    if reach(person, Power.COMPANY_IMPORT).company:
        return
    require(person, Power.CRM_IMPORT, branch=branch, to="导入月度业务数据")


def require_may_import_company(person: Person) -> None:
    """渠道管理部 brings the whole company's month in one file."""
    require(person, Power.COMPANY_IMPORT, to="导入公司的业务数据")


def require_may_resolve(person: Person, branch: Branch, how: str) -> None:
    """交易管理岗 resolves; a change of manager also needs the power to confirm relations; finance may set a row aside."""
    if how == EXCLUDE and reach(person, Power.FIGURES_LOCK).covers_branch(branch):
        return
    require(person, Power.EXCEPTION_RESOLVE, branch=branch, to="处理异常")
    if how == CHANGED:
        require(person, Power.RELATION_CONFIRM, branch=branch, to="确认客户经理变更")


def may_resolve_anything(person: Person) -> bool:
    return bool(reach(person, Power.EXCEPTION_RESOLVE)) or bool(reach(person, Power.FIGURES_LOCK))


def require_may_see_exceptions(person: Person) -> None:
    if not may_resolve_anything(person):
        raise Forbidden("您没有查看异常清单的权限,如需要请联系系统管理员", code="forbidden")
