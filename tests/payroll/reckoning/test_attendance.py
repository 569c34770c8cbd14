from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from payroll.reckoning import attendance
from payroll.reckoning.attendance import Rates
from tests.payroll.reckoning.reference import day_kind, lookup

D = Decimal
RATES = Rates.on(lookup, date(2026, 10, 1))


@pytest.mark.parametrize(
    ("day", "hours", "comp", "pay"),
    [
        ("2026-10-17", "8", "0", "400.00"),  # Saturday
        ("2026-10-17", "8", "3", "250.00"),
        ("2026-10-17", "8", "9", "0.00"),
        ("2026-10-10", "2", "0", "75.00"),  # make-up work day
        ("2026-10-19", "2", "0", "75.00"),  # Monday
        ("2026-10-01", "8", "8", "600.00"),  # statutory: time off can't replace it
        ("2026-10-04", "8", "0", "400.00"),  # the long holiday's Sunday, not statutory
        ("2026-10-06", "8", "0", "400.00"),  # a weekday off in lieu
        ("2026-04-05", "8", "0", "600.00"),  # statutory on a Sunday
        ("2026-10-03", "4", "0", "300.00"),  # statutory on a Saturday
    ],
)
def test_overtime_by_the_kind_of_day(day: str, hours: str, comp: str, pay: str):
    got = attendance.overtime(RATES, D(4350), D(hours), D(comp), day_kind(date.fromisoformat(day)))
    assert got == D(pay)


def test_a_day_and_an_hour():
    assert attendance.daily_wage(RATES, D(5000)) == D("229.89")
    assert attendance.hourly_wage(RATES, D(5000)) == D("28.74")


@pytest.mark.parametrize(("days", "off"), [("0.5", "100.00"), ("21.75", "4350.00"), ("23", "4350.00")])
def test_days_off_cost_the_day_and_never_more_than_the_base(days: str, off: str):
    assert attendance.days_off(RATES, D(4350), D(days)) == D(off)


def test_sick_pay_has_two_floors():
    assert attendance.sick_pay(RATES, D(4350), D(1), D(2700)) == D("120.00")
    assert attendance.sick_pay(RATES, D(3000), D(1), D(2700)) == D("99.31")
    assert attendance.sick_deduction(RATES, D(2000), D(3), D(2700)) == D("0.00")


def test_part_months():
    assert attendance.part_month_by_due_days(D(4350), D(11), D(21)) == D("2278.57")
    assert attendance.part_month_by_paid_days(RATES, D(4350), D(11)) == D("2200.00")
    assert attendance.part_month_by_paid_days(RATES, D(4350), D(23)) == D("4350.00")


@pytest.mark.parametrize(
    ("day", "a_year", "days"),
    [
        ("2026-01-01", "5", 5),
        ("2026-01-02", "5", 4),
        ("2026-12-31", "15", 0),
        ("2026-07-01", "10", 5),
        ("2024-01-01", "5", 5),
        ("2026-10-20", "5", 1),
    ],
)
def test_prorated_leave_is_floored(day: str, a_year: str, days: int):
    assert attendance.prorated_leave(date.fromisoformat(day), D(a_year)) == days


@pytest.mark.parametrize(
    ("wage", "amount", "taken"),
    [
        ("3000", "800", "300.00"),
        ("10000", "800", "800.00"),
        ("10000", "8000", "2000.00"),
        ("2700", "100", "0.00"),
        ("2000", "100", "0.00"),
    ],
)
def test_damages_leave_the_minimum_wage(wage: str, amount: str, taken: str):
    assert attendance.damages(RATES, D(wage), D(amount), D(2700)) == D(taken)


@pytest.mark.parametrize(
    ("years", "months", "pay"),
    [("1", "0", "8000"), ("1", "1", "12000"), ("1", "5", "12000"), ("1", "6", "16000"), ("0", "3", "4000")],
)
def test_severance_by_half_years(years: str, months: str, pay: str):
    assert attendance.severance_pay(D(8000), D(years), D(months)) == D(pay)


def test_the_probation_floor_is_the_higher_of_two():
    assert attendance.probation_floor(RATES, D(4000), D(2700)) == D("3200.00")
    assert attendance.probation_floor(RATES, D(3000), D(2700)) == D("2700.00")
    assert attendance.unused_leave(RATES, D(4350), D(2)) == D("800.00")
