"""离职结算: the last month is paid for the days in service, and the lots go the way the scheme says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning.deferral import Lot
from payroll.reckoning.pay import problems
from payroll.reckoning.reading import parse_scheme
from payroll.runs.frozen import person_as_dict, person_from_dict
from tests.payroll.reckoning.makers import D, changed_scheme, employee, inputs, parameters, pay, salary_state
from tests.payroll.reckoning.reference import demo_scheme, scheme_data

LAST_DAY = date(2026, 10, 16)
LOTS = (Lot(Month(2026, 8), D("1100.00"), 11, D("100.00")), Lot(None, D("250.00"), 2, D("200.00")))
HALF = inputs(worked_days=D(10))


def test_the_days_after_the_last_one_are_not_absence() -> None:
    staying, leaving = employee(HALF), employee(HALF, left_on=LAST_DAY)
    found = problems(demo_scheme(), parameters(), staying, salary_state(), None)
    assert [problem.code for problem in found] == ["days_missing"]
    done = pay(leaving)
    assert done.figures["底薪"] == D("2000.00")
    assert done.figures["考勤扣款"] == 0


def test_by_default_the_lots_go_on_as_planned() -> None:
    """What the demonstration's scheme says without a word of it: no figure of anybody moves."""
    state = salary_state(lots=LOTS)
    done, staying = pay(employee(left_on=LAST_DAY), state), pay(employee(), state)
    assert dict(done.figures) == dict(staying.figures)
    assert done.carried_after.lots == staying.carried_after.lots


def test_paid_at_once_nothing_is_left_and_nothing_deferred() -> None:
    scheme = changed_scheme(leaver={"lots": "release"})
    done = pay(employee(left_on=LAST_DAY, net_commission=D("60000.00")), salary_state(lots=LOTS), scheme=scheme)
    assert (done.figures["递延发放"], done.figures["递延"]) == (D("1350.00"), 0)
    assert done.carried_after.lots == ()
    staying = pay(employee(net_commission=D("60000.00")), salary_state(lots=LOTS), scheme=scheme)
    assert staying.figures["递延"] > 0
    assert staying.figures["递延发放"] == D("300.00")


def test_forfeited_the_instalment_that_is_due_is_still_paid() -> None:
    scheme = changed_scheme(leaver={"lots": "forfeit"})
    done = pay(employee(left_on=LAST_DAY), salary_state(lots=LOTS), scheme=scheme)
    assert done.figures["递延发放"] == D("300.00")
    assert done.carried_after.lots == ()


def test_a_serious_violation_keeps_the_lots_back_whatever_the_scheme_says() -> None:
    scheme = changed_scheme(leaver={"lots": "release"})
    done = pay(employee(inputs(serious_violation=True), left_on=LAST_DAY), salary_state(lots=LOTS), scheme=scheme)
    assert done.figures["递延发放"] == 0
    assert done.carried_after.lots == LOTS


def test_another_word_is_refused() -> None:
    with pytest.raises(Refusal, match="leaver"):
        parse_scheme(scheme_data() | {"leaver": {"lots": "perhaps"}})


def test_kept_only_where_there_is_a_last_day() -> None:
    assert "left_on" not in person_as_dict(employee())
    leaving = replace(employee(), left_on=LAST_DAY)
    assert person_from_dict(person_as_dict(leaving)).left_on == LAST_DAY
