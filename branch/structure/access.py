"""Who may say who leads: who keeps the organisation or the roster of the branch."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden, allows


def require_leader_change(by: Person, branch: Branch) -> None:
    if not any(reach(by, power).covers_branch(branch) for power in (Power.ORG_EDIT, Power.ROSTER_IMPORT)):
        raise Forbidden(f"您没有权限在{branch.name}更换负责人,如需要请联系系统管理员", code="forbidden")


def may_change_leader(by: Person, branch: Branch) -> bool:
    return allows(lambda: require_leader_change(by, branch))
