"""What is written quickly says what the dictionaries say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from kernel.months import Month
from payroll.reckoning.adjustments import Adjustment, Arrear
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import Carried, MonthInput, PersonFacts, Sale, TeamFigures
from payroll.reckoning.tax import BrokerChain, SalaryChain
from payroll.runs.encoding import encode, encoded_amounts, encoded_person, encoded_state, encoded_team
from payroll.runs.frozen import person_as_dict, team_as_dict

PLAIN = PersonFacts("600101", '陆"晨\\伟', "员工", date(2019, 3, 1), team="100%队", grade=None)
INPUTS = MonthInput(due_days=Decimal(21), worked_days=Decimal("20.5"), complaints=0, serious_violation=False, vat=None)
OWED = Adjustment(7, "GZ-1", Month(2026, 7), 3, "漏计“加班”", gross=Decimal("-12.50"))
PEOPLE = [
    PLAIN,
    replace(PLAIN, inputs=INPUTS, contribution_base=Decimal("4775"), medical_tier=1, net_commission=Decimal("-0.00")),
    replace(PLAIN, additional={"子女教育": Decimal("2000"), "赡养%老人": Decimal("1.5E+3")}, left_on=date(2026, 8, 20)),
    replace(PLAIN, sales=(Sale("P1", Decimal("1E+5"), 3, 2, "17"), Sale('"P2"', Decimal(1), 1, 5)), adjustments=(OWED,)),
]
LOTS = (Lot(None, Decimal("1200.00"), 4, Decimal("300.00")), Lot(Month(2026, 8), Decimal(5), 1, Decimal("5.00")))
STATES = [
    Carried(),
    Carried(SalaryChain(2026), (), Decimal("-3.20")),
    Carried(SalaryChain(2026, lump=True, income=Decimal("1E+4")), LOTS),
    Carried(
        BrokerChain(2026, 3, 3, net_income=Decimal("0.10")), LOTS[:1], arrears=(Arrear("GZ-1", Month(2026, 7), 3, Decimal(4)),)
    ),
]


@pytest.mark.parametrize("facts", PEOPLE)
def test_a_person(facts: PersonFacts) -> None:
    assert encoded_person(facts) == encode(person_as_dict(facts))


@pytest.mark.parametrize("carried", STATES)
def test_a_state(carried: Carried) -> None:
    assert encoded_state(carried) == encode(carried.as_dict())


def test_a_team_and_amounts() -> None:
    for team in (None, TeamFigures("一队", Decimal("-5.00"), None, 3), TeamFigures('"%s', Decimal(5), Decimal("1.0"))):
        assert encoded_team(team) == encode(team_as_dict(team))
    for amounts in ({}, {"养老": Decimal("8.00"), "100%": Decimal("-0.1")}):
        assert encoded_amounts(amounts) == encode({name: str(amount) for name, amount in amounts.items()})
