"""Who may import, confirm and see what pay starts from."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import holds, require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from payroll.intake.models import OpeningSet, TaxMode

INPUT_DOOR = (Power.INPUTS_IMPORT, Power.PAY_VIEW)
OPENING_DOOR = (Power.OPENING_IMPORT, Power.OPENING_CONFIRM, Power.PAY_VIEW)
TAX_MODE_DOOR = (Power.OPENING_IMPORT, Power.OPENING_CONFIRM)


def may_propose_opening(person: Person, branch: Branch) -> None:
    require(person, Power.OPENING_IMPORT, branch=branch, to="导入期初余额")


def may_decide_opening(person: Person, opening: OpeningSet) -> None:
    """Another person than the one who proposed it."""
    require(person, Power.OPENING_CONFIRM, branch=opening.branch, to="确认期初余额")
    require_another(person, opening.proposed_by, act="确认期初余额", power=Power.OPENING_CONFIRM)


def may_withdraw_opening(person: Person, opening: OpeningSet) -> None:
    """The proposer takes it back; anybody else who may confirm sends it back."""
    if person.pk != opening.proposed_by_id:
        may_decide_opening(person, opening)
    else:
        may_propose_opening(person, opening.branch)


def may_import_inputs(person: Person, branch: Branch) -> None:
    require(person, Power.INPUTS_IMPORT, branch=branch, to="导入核算输入")


def sees_inputs(person: Person) -> bool:
    return any(holds(person, power) for power in INPUT_DOOR)


def sees_openings(person: Person) -> bool:
    return any(holds(person, power) for power in OPENING_DOOR)


def may_propose_tax_mode(person: Person, branch: Branch) -> None:
    require(person, Power.OPENING_IMPORT, branch=branch, to="提请个税减除方式")


def may_confirm_tax_mode(person: Person, mode: TaxMode) -> None:
    """Another person than the one who proposed it."""
    require(person, Power.OPENING_CONFIRM, branch=mode.branch, to="确认个税减除方式")
    require_another(person, mode.proposed_by, act="确认个税减除方式", power=Power.OPENING_CONFIRM)


def may_return_tax_mode(person: Person, mode: TaxMode) -> None:
    """The proposer takes it back; anybody else who may confirm sends it back."""
    if person.pk != mode.proposed_by_id:
        may_confirm_tax_mode(person, mode)
    else:
        may_propose_tax_mode(person, mode.branch)


def sees_tax_modes(person: Person) -> bool:
    return any(holds(person, power) for power in TAX_MODE_DOOR)


def sees_pay(person: Person) -> bool:
    return holds(person, Power.PAY_VIEW)
