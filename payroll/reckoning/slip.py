"""The slip being written: what is known of the person, lines one after the other, the report's columns beside them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from kernel.money import ZERO
from payroll.reckoning.facts import Carried, MonthInput, PersonFacts
from payroll.reckoning.lines import COLUMNS, STEPS, Line, Reckoning
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.scheme import Scheme

CRM = "客户月度业务明细"
INPUTS = "核算输入"


@lru_cache(maxsize=256)
def percent(rate: Decimal) -> str:
    """0.085 → 8.5%"""
    return f"{(rate * 100).normalize():f}%"


_BLANK: dict[str, Decimal] = dict.fromkeys(COLUMNS, ZERO)


class Slip:
    """One person's month in the making. A line whose label is a column of the report also fills that column."""

    __slots__ = ("carried", "facts", "figures", "inputs", "lines", "parameters", "scheme")

    def __init__(
        self, scheme: Scheme, parameters: MonthParameters, facts: PersonFacts, inputs: MonthInput, carried: Carried
    ) -> None:
        self.scheme = scheme
        self.parameters = parameters
        self.facts = facts
        self.inputs = inputs
        self.carried = carried
        self.lines: list[Line] = []
        self.figures = _BLANK.copy()

    def put(self, label: str, amount: Decimal, template: str, inputs: Mapping[str, Any], source: str) -> Decimal:
        """Write a line; gives the amount back."""
        self.lines.append(Line(STEPS[label], label, amount, template, inputs, source))
        if label in self.figures:
            self.figures[label] = amount
        return amount

    def close(self, employer: Mapping[str, Decimal], after: Carried) -> Reckoning:
        facts = self.facts
        return Reckoning(facts.staff_no, facts.name, facts.kind, self.figures, tuple(self.lines), employer, after)
