from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.reckoning.insurance import Item, contribution, contributions, is_due
from tests.payroll.reckoning.makers import parameters

D = Decimal


@pytest.mark.parametrize(
    ("declared", "base"),
    [("2699.99", "2700"), ("2700", "2700"), ("2700.01", "2700.01"), ("48471", "48471"), ("48471.01", "48471")],
)
def test_the_base_is_clamped_at_both_bounds(declared: str, base: str):
    assert parameters().items["unemployment"].base(D(declared)) == D(base)


def test_a_bound_that_is_none_does_not_bind():
    assert parameters().items["injury"].base(D(999999)) == D(999999)
    assert Item("x", D(0), D(0), None, None).base(D(1)) == D(1)


def test_each_side_is_rounded_half_up_on_its_own():
    got = contribution(Item("x", D("0.005"), D("0.015"), None, None), D("6727"))
    assert (got.employee, got.employer) == (D("33.64"), D("100.91"))


def test_the_housing_fund_takes_the_roster_s_rate_for_the_employee_and_the_parameter_s_for_the_employer():
    found = contributions(parameters().items, D(10000), medical_tier=2, housing_fund_rate=D("0.12"))
    by_code = {part.code: part for part in found}
    assert set(by_code) == {"pension", "medical_2", "maternity", "unemployment", "injury", "housing_fund"}
    assert (by_code["housing_fund"].employee, by_code["housing_fund"].employer) == (D("1200.00"), D("500.00"))
    assert by_code["medical_2"].employee == D("50.00")


@pytest.mark.parametrize(
    ("hired", "due"),
    [
        ((2026, 8, 31), True),
        ((2026, 9, 1), True),
        ((2026, 9, 15), True),
        ((2026, 9, 16), False),
        ((2026, 10, 1), False),
        ((2025, 9, 16), True),
    ],
)
def test_due_when_hired_by_the_fifteenth(hired: tuple[int, int, int], due: bool):
    assert is_due(date(*hired), Month(2026, 9), 15) is due


def test_august_and_september_have_their_own_bounds():
    assert parameters(Month(2026, 8)).items["housing_fund"].floor == D(2520)
    assert parameters(Month(2026, 9)).items["housing_fund"].floor == D(2700)
    assert (parameters(Month(2026, 8)).minimum_wage, parameters(Month(2026, 9)).minimum_wage) == (D(2520), D(2700))


def test_january_2027_has_no_medical_value_and_is_refused():
    with pytest.raises(Missing):
        parameters(Month(2027, 1))


@pytest.mark.parametrize("value", [{"employee": "0.1"}, {"employee": "0", "employer": "0", "floor": 1, "cap": 2, "extra": 3}])
def test_a_value_of_another_form_is_refused(value: dict[str, object]):
    with pytest.raises(Refusal, match="四项"):
        Item.of("si.sz.x", value)
