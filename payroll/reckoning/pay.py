"""The door of the room: can this person be reckoned, reckon them, and do the sums hold."""

from __future__ import annotations

from kernel.money import ZERO, total
from kernel.refusals import Refusal
from payroll.reckoning.broker import reckon_broker
from payroll.reckoning.employee import reckon_employee
from payroll.reckoning.facts import Carried, PersonFacts, TeamFigures
from payroll.reckoning.lines import DEDUCTIONS, EARLIER, EARLIER_DEDUCTIONS, GROSS_PARTS, Reckoning
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.problems import problems
from payroll.reckoning.scheme import Scheme
from payroll.reckoning.slip import Slip

__all__ = ["check", "problems", "reckon", "reckon_complete"]


def reckon(
    scheme: Scheme, parameters: MonthParameters, facts: PersonFacts, carried: Carried, team: TeamFigures | None = None
) -> Reckoning:
    """One person's pay of one month, explained line by line.

    `team` is needed for a team leader only. Raises Refusal (code `exceptions`, one sentence an item) when something is missing or
    impossible, Missing when the scheme is not in force in the month.
    """
    scheme.require_in_force(parameters.month)
    if found := problems(scheme, parameters, facts, carried, team):
        sentences = [str(problem) for problem in found]
        raise Refusal(";".join(sentences), code="exceptions", items=sentences)
    return reckon_complete(scheme, parameters, facts, carried, team)


def reckon_complete(
    scheme: Scheme, parameters: MonthParameters, facts: PersonFacts, carried: Carried, team: TeamFigures | None = None
) -> Reckoning:
    """The same of somebody whose `problems` were asked for and are none, as the freezing of a month does for everybody."""
    if facts.inputs is None:
        raise Refusal(f"{facts.who}:没有核算输入", code="exceptions")
    slip = Slip(scheme, parameters, facts, facts.inputs, carried)
    return reckon_broker(slip) if facts.is_broker else reckon_employee(slip, team)


def check(reckoning: Reckoning) -> None:
    """应发 is the sum of its parts, 实发 what the deductions leave, and each line equals its column. Raises AssertionError."""
    column, who = reckoning.figures, f"{reckoning.staff_no} {reckoning.name}"
    parts = total(column[name] * sign for name, sign in GROSS_PARTS.items())
    parts += column.get(EARLIER, ZERO)
    if column["应发"] != parts:
        raise AssertionError(f"{who}:应发 {column['应发']} 不等于各项之和 {parts}")
    left = column["应发"] - total(column[name] for name in DEDUCTIONS) - column.get(EARLIER_DEDUCTIONS, ZERO)
    if column["实发"] != left:
        raise AssertionError(f"{who}:实发 {column['实发']} 不等于应发减各项扣款 {left}")
    for line in reckoning.lines:
        if line.label in column and column[line.label] != line.amount:
            raise AssertionError(f"{who}:{line.label} 的说明 {line.amount} 不等于列 {column[line.label]}")
