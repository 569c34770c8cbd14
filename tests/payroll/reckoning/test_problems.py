"""Missing and impossible inputs: named by person and column, never filled in."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date
from typing import Any

import pytest

from kernel.refusals import Refusal
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import INPUT_COLUMNS, Carried, MonthInput, Sale, TeamFigures
from payroll.reckoning.pay import problems, reckon
from payroll.reckoning.tax import SalaryChain
from tests.payroll.reckoning.makers import D, broker, broker_state, changed_scheme, employee, inputs, parameters, salary_state
from tests.payroll.reckoning.reference import demo_scheme, lookup


def found(facts: Any, carried: Carried | None = None, team: TeamFigures | None = None) -> list[tuple[str, str]]:
    state = carried or (broker_state() if facts.is_broker else salary_state())
    return [(problem.code, problem.column) for problem in problems(demo_scheme(), parameters(), facts, state, team)]


def test_complete_persons_have_none():
    assert found(employee()) == []
    assert found(broker()) == []


def test_every_field_of_the_sheet_has_its_column():
    assert {field.name for field in fields(MonthInput)} == set(INPUT_COLUMNS)


@pytest.mark.parametrize("name", [field.name for field in fields(MonthInput) if field.name != "vat"])
def test_each_empty_cell_of_an_employee_is_named(name: str):
    assert found(employee(inputs(**{name: None}))) == [("cell_missing", INPUT_COLUMNS[name])]


@pytest.mark.parametrize(
    "name", ["target", "duty_score", "complaints", "serious_violation", "vat", "other_allowance", "other_deduction"]
)
def test_each_empty_cell_of_a_broker_is_named(name: str):
    given = broker().inputs
    assert given is not None
    assert found(broker(replace(given, **{name: None}))) == [("cell_missing", INPUT_COLUMNS[name])]


def test_vat_is_only_asked_for_when_it_is_imported():
    given = broker().inputs
    assert given is not None
    facts = broker(replace(given, vat=None))
    per_month = replace(parameters(), vat=replace(parameters().vat, mode="per_month", threshold=D(100000)))
    assert problems(demo_scheme(), per_month, facts, broker_state()) == ()
    assert reckon(demo_scheme(), per_month, facts, broker_state()).figures["增值税"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"due_days": D(0), "worked_days": D(0)}, "due_days"),
        ({"worked_days": D(21)}, "days_exceed"),
        ({"worked_days": D(19)}, "days_missing"),
        ({"target": D(0)}, "target_not_positive"),
        ({"target": D(-1)}, "target_not_positive"),
        ({"sick_leave": D(-1), "worked_days": D(21)}, "cell_negative"),
    ],
)
def test_impossible_months(changes: dict[str, Any], code: str):
    assert [problem for problem, _ in found(employee(inputs(**changes)))] == [code]


def test_days_before_the_hire_are_only_possible_in_the_hire_month():
    short = employee(inputs(worked_days=D(8)), hired_on=date(2026, 10, 19))
    assert found(short, Carried()) == []
    assert found(replace(short, hired_on=date(2026, 9, 30)), salary_state()) == [("days_missing", "实出勤天数")]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"grade": "特级"}, "grade_unknown"),
        ({"grade": None}, "grade_unknown"),
        ({"contribution_base": None}, "base_missing"),
        ({"medical_tier": None}, "medical_missing"),
        ({"medical_tier": 3}, "medical_missing"),
        ({"housing_fund_rate": None}, "fund_missing"),
        ({"housing_fund_rate": D("0.055")}, "fund_rate"),
        ({"housing_fund_rate": D("0.04")}, "fund_rate"),
        ({"additional_total": None}, "additional_missing"),
        ({"additional": {"子女教育": D(999)}}, "additional_sum"),
        ({"sales": (Sale("XX999", D(1), 5, 1),)}, "product_unknown"),
        ({"inputs": None}, "inputs_missing"),
        ({"kind": "兼职"}, "kind_unknown"),
        ({"tax_mode": "none"}, "tax_mode_unknown"),
        ({"hired_on": date(2026, 11, 1)}, "not_hired"),
        ({"post": "团队负责人"}, "team_missing"),
    ],
)
def test_the_roster_s_gaps(changes: dict[str, Any], code: str):
    state = salary_state() if "kind" not in changes else Carried(SalaryChain(2026))
    assert [problem for problem, _ in found(employee(**changes), state)] == [code]


def test_a_leader_needs_every_target_of_the_team():
    leader = employee(post="团队负责人")
    assert found(leader, team=TeamFigures("营销一队", D(1), None)) == [("team_target_missing", "目标净佣金")]
    assert found(leader, team=TeamFigures("营销一队", D(1), D(5))) == []


def test_someone_hired_before_the_month_needs_a_balance():
    assert found(employee(), Carried()) == [("opening_missing", "期初余额")]
    assert found(broker(), Carried()) == [("opening_missing", "期初余额")]


def test_balances_must_fit_the_person_and_the_month():
    assert found(employee(), broker_state()) == [("chain_kind", "期初余额")]
    assert found(employee(), Carried(SalaryChain(2026, last_month=12))) == [("month_passed", "发放月份")]
    assert found(employee(), Carried(SalaryChain(2027, last_month=1))) == [("month_passed", "发放月份")]
    assert found(employee(), Carried(SalaryChain(2026, last_month=11))) == []
    assert found(employee(), salary_state(negative_commission=D(1))) == [("carry_positive", "负佣金结转")]
    assert found(employee(), salary_state(lots=(Lot(None, D(1), 0, D(1)),))) == [("lot_bad", "递延余额")]


def test_all_problems_of_a_person_are_told_at_once_by_name():
    facts = employee(inputs(target=None, duty_score=None), grade="特级")
    with pytest.raises(Refusal) as refused:
        reckon(demo_scheme(), parameters(), facts, salary_state())
    assert refused.value.code == "exceptions"
    assert len(refused.value.items) == 3
    assert all(item.startswith("600900 测试甲:") for item in refused.value.items)


def test_without_a_product_award_a_product_needs_no_rate():
    scheme = changed_scheme(product_award=None)
    facts = employee(sales=(Sale("XX999", D(1), 5, 1),))
    assert problems(scheme, parameters(), facts, salary_state()) == ()
    assert reckon(scheme, parameters(), facts, salary_state()).figures["产品奖励"] == 0
    assert lookup("wage.min_month", date(2026, 10, 1)) == "2700"


def test_the_last_day_of_the_month_is_still_in_it():
    assert found(employee(inputs(worked_days=D(0)), hired_on=date(2026, 10, 31)), Carried()) == []
