"""One complete employee and one complete broker, to be changed a field at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.months import Month
from payroll.reckoning.facts import BROKER, EMPLOYEE, Carried, MonthInput, PersonFacts, TeamFigures
from payroll.reckoning.lines import Reckoning
from payroll.reckoning.parameters import MonthParameters, resolve
from payroll.reckoning.pay import check, reckon
from payroll.reckoning.reading import parse_scheme
from payroll.reckoning.scheme import Scheme
from payroll.reckoning.tax import BrokerChain, SalaryChain
from tests.payroll.reckoning.reference import demo_scheme, lookup, scheme_data

OCTOBER = Month(2026, 10)


def D(text: str | int) -> Decimal:
    return Decimal(str(text))


def parameters(month: Month = OCTOBER, payment: Month | None = None) -> MonthParameters:
    return resolve(demo_scheme(), lookup, month, payment)


def inputs(**changes: Any) -> MonthInput:
    """A full month of 20 days, the target just met."""
    plain = MonthInput(
        due_days=D(20),
        worked_days=D(20),
        personal_leave=D(0),
        sick_leave=D(0),
        absence=D(0),
        overtime_weekday=D(0),
        overtime_rest=D(0),
        overtime_statutory=D(0),
        target=D(20000),
        duty_score=D(95),
        complaints=0,
        serious_violation=False,
        other_allowance=D("0.00"),
        other_deduction=D("0.00"),
        damages_balance=D("0.00"),
    )
    return replace(plain, **changes)


def employee(month_inputs: MonthInput | None = None, **changes: Any) -> PersonFacts:
    plain = PersonFacts(
        staff_no="600900",
        name="测试甲",
        kind=EMPLOYEE,
        hired_on=date(2020, 1, 6),
        team="营销一队",
        post="客户经理",
        grade="中级",
        contribution_base=D(10000),
        housing_fund_rate=D("0.05"),
        medical_tier=1,
        additional_total=D(1000),
        net_commission=D("20000.00"),
        inputs=month_inputs or inputs(),
    )
    return replace(plain, **changes)


def broker(month_inputs: MonthInput | None = None, **changes: Any) -> PersonFacts:
    given = month_inputs or MonthInput(
        target=D(20000),
        duty_score=D(95),
        complaints=0,
        serious_violation=False,
        vat=D("100.00"),
        other_allowance=D("0.00"),
        other_deduction=D("0.00"),
    )
    plain = PersonFacts(
        staff_no="600901", name="测试乙", kind=BROKER, hired_on=date(2020, 1, 6), net_commission=D("20000.00"), inputs=given
    )
    return replace(plain, **changes)


def salary_state(**changes: Any) -> Carried:
    """After the payment of October (所属月份 2026-09)."""
    return replace(Carried(SalaryChain(2026, last_month=10, basic=D(50000), income=D(60000), additional=D(10000))), **changes)


def broker_state(**changes: Any) -> Carried:
    return replace(Carried(BrokerChain(2026, last_month=10, basic=D(50000))), **changes)


def changed_scheme(**parts: Any) -> Scheme:
    """The demo scheme with top-level parts replaced; a dict is merged into the part."""
    data = scheme_data()
    for name, value in parts.items():
        if isinstance(value, dict) and isinstance(data.get(name), dict):
            data[name] = {**data[name], **value}
        else:
            data[name] = value
    return parse_scheme(data)


def pay(
    facts: PersonFacts,
    carried: Carried | None = None,
    *,
    scheme: Scheme | None = None,
    month: Month = OCTOBER,
    payment: Month | None = None,
    team: TeamFigures | None = None,
) -> Reckoning:
    """Reckon and check."""
    state = carried or (broker_state() if facts.kind == BROKER else salary_state())
    done = reckon(scheme or demo_scheme(), parameters(month, payment), facts, state, team)
    check(done)
    return done
