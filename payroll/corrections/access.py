"""Who may reverse, correct and sign for it, and who registers what was settled outside the pay run."""

from __future__ import annotations

from branch.org.models import Branch
from branch.people.access import require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from payroll.corrections.models import Correction, OutsideSettlement, Reversal
from payroll.runs.access import may_correct

__all__ = [
    "may_confirm_settlement",
    "may_correct",
    "may_propose_settlement",
    "may_return_settlement",
    "may_sign_correction",
    "may_sign_reversal",
]

SETTLEMENT_DOOR = (Power.PAY_CORRECT, Power.PAY_SIGN)


def may_sign_reversal(person: Person, reversal: Reversal) -> None:
    """The same three as for the run; who asked for it signs nowhere."""
    require(person, Power.PAY_SIGN, branch=reversal.run.branch, to="审批冲销")
    require_another(person, reversal.asked_by, act="冲销的审批")


def may_sign_correction(person: Person, correction: Correction) -> None:
    """The same three as for the run; whoever sent it up or reckoned it signs nowhere."""
    require(person, Power.PAY_SIGN, branch=correction.branch, to="审批薪酬更正")
    require_another(person, correction.maker, act="薪酬更正的审批")


def may_propose_settlement(person: Person, branch: Branch) -> None:
    require(person, Power.PAY_CORRECT, branch=branch, to="登记线下结清")


def may_confirm_settlement(person: Person, settlement: OutsideSettlement) -> None:
    """One of those who sign the branch's pay, and not who registered it."""
    require(person, Power.PAY_SIGN, branch=settlement.branch, to="确认线下结清")
    require_another(person, settlement.proposed_by, act="确认线下结清", power=Power.PAY_SIGN)


def may_return_settlement(person: Person, settlement: OutsideSettlement) -> None:
    """Who registered it takes it back; anybody else who may confirm sends it back."""
    if person.pk != settlement.proposed_by_id:
        may_confirm_settlement(person, settlement)
    else:
        may_propose_settlement(person, settlement.branch)
