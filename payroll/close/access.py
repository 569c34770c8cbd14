"""Who may look at the company's close, start and cancel it, and remind branches."""

from __future__ import annotations

from branch.people.access import reach, require
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden


def may_view(person: Person) -> None:
    _company(person, Power.CLOSE_VIEW, "查看公司月结")


def may_run(person: Person) -> None:
    """Start, cancel, remind: 渠道管理部, over the whole company."""
    _company(person, Power.CLOSE_RUN, "发起公司月结")


def _company(person: Person, power: Power, to: str) -> None:
    require(person, power, to=to)
    if not reach(person, power).company:
        raise Forbidden(f"您没有权限{to},如需要请联系系统管理员", code="forbidden")
