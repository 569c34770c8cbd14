"""Who may take which output of a branch's approved month."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import require
from branch.people.models import Person
from branch.people.roles import Power


def may_pay_out(person: Person, branch: Branch) -> None:
    """The bank file and the declarations: full account and identity numbers, for who issues the pay."""
    require(person, Power.PAY_ISSUE, branch=branch, to="生成代发文件和个税申报表")


def may_sum_up(person: Person, branch: Branch) -> None:
    """Lists and sums without such numbers."""
    require(person, Power.PAY_EXPORT, branch=branch, to="导出薪酬")
