"""Who may see, write and put in force a pay scheme."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import holds, require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from payroll.schemes.models import SchemeVersion

SCHEME_DOOR = (Power.SCHEME_VIEW, Power.SCHEME_PROPOSE, Power.SCHEME_CONFIRM)


def may_draft(person: Person, branch: Branch) -> None:
    require(person, Power.SCHEME_PROPOSE, branch=branch, to="拟定薪酬方案")


def may_decide(person: Person, version: SchemeVersion) -> None:
    """Neither who wrote the figures nor who sent them up."""
    require(person, Power.SCHEME_CONFIRM, branch=version.branch, to="确认薪酬方案")
    require_another(person, version.proposed_by, act="确认薪酬方案", power=Power.SCHEME_CONFIRM)
    require_another(person, version.drafted_by, act="确认薪酬方案", power=Power.SCHEME_CONFIRM)


def may_return(person: Person, version: SchemeVersion) -> None:
    """The proposer takes it back; a second person sends it back."""
    if version.proposed_by_id == person.pk:
        may_draft(person, version.branch)
    else:
        may_decide(person, version)


def may_retire(person: Person, version: SchemeVersion) -> None:
    require(person, Power.SCHEME_CONFIRM, branch=version.branch, to="停用薪酬方案")


def sees_schemes(person: Person) -> bool:
    return any(holds(person, power) for power in SCHEME_DOOR)
