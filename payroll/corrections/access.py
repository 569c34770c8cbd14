"""Who may reverse, correct and sign for it."""

from __future__ import annotations

from branch.people.access import require, require_another
from branch.people.models import Person
from branch.people.roles import Power
from payroll.corrections.models import Correction, Reversal
from payroll.runs.access import may_correct

__all__ = ["may_correct", "may_sign_correction", "may_sign_reversal"]


def may_sign_reversal(person: Person, reversal: Reversal) -> None:
    """The same three as for the run; who asked for it signs nowhere."""
    require(person, Power.PAY_SIGN, branch=reversal.run.branch, to="审批冲销")
    require_another(person, reversal.asked_by, act="冲销的审批")


def may_sign_correction(person: Person, correction: Correction) -> None:
    """The same three as for the run; whoever sent it up or reckoned it signs nowhere."""
    require(person, Power.PAY_SIGN, branch=correction.branch, to="审批薪酬更正")
    require_another(person, correction.maker, act="薪酬更正的审批")
