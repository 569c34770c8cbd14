"""Every finding of the month's inputs and of opening balances, one by one."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kernel.months import Month
from payroll.intake.rules import (
    BROKER,
    EMPLOYEE,
    Findings,
    Known,
    OpeningTerms,
    Row,
    basic_mode,
    check_inputs,
    check_opening,
)
from payroll.reckoning.facts import FROM_JANUARY, INPUT_COLUMNS, LUMP, STANDARD

OCTOBER = Month(2026, 10)
LONG = date(2020, 1, 1)
PEOPLE = {
    "1": Known(1, "1", "甲", EMPLOYEE, LONG),
    "2": Known(2, "2", "乙", BROKER, LONG),
    "3": Known(3, "3", "丙", EMPLOYEE, date(2026, 10, 12)),
}
FULL = {
    "due_days": Decimal(18),
    "worked_days": Decimal(18),
    **dict.fromkeys(
        ("personal_leave", "sick_leave", "absence", "overtime_weekday", "overtime_rest", "overtime_statutory"), Decimal(0)
    ),
    "target": Decimal(50000),
    "duty_score": Decimal(90),
    "complaints": 0,
    "serious_violation": False,
    "vat": None,
    "other_allowance": Decimal(0),
    "other_deduction": Decimal(0),
    "damages_balance": Decimal(0),
}
ATTENDANCE = tuple(FULL)[:8]


def row(staff_no: str, name: str, number: int = 2, **cells: Any) -> Row:
    return Row(number, {"staff_no": staff_no, "name": name, **FULL, **cells})


def broker(**cells: Any) -> Row:
    return row("2", "乙", 3, **{**dict.fromkeys(ATTENDANCE), "vat": Decimal("10.00"), "damages_balance": None, **cells})


def judge(*rows: Row, strangers: dict[str, str] | None = None) -> Findings:
    return check_inputs(rows, PEOPLE, strangers or {}, month=OCTOBER, work_days=18)


def sound() -> tuple[Row, ...]:
    return row("1", "甲"), broker(), row("3", "丙", 4, worked_days=Decimal(12))


def test_a_sound_sheet_has_no_finding() -> None:
    found = judge(*sound())
    assert (found.refused, found.exceptions, found.notices) == ([], [], [])


def test_the_cells_are_those_of_the_reckoning() -> None:
    assert set(FULL) == set(INPUT_COLUMNS)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([row("9", "壬")], "系统里没有这个工号"),
        ([row("1", "乙")], "与工号不符,1 是甲"),
        ([row("1", "甲"), row("1", "甲", 5)], "与第 2 行重复"),
        ([row("1", "甲", personal_leave=Decimal("0.5"))], "比应出勤多 0.5 天"),
        ([row("1", "甲", worked_days=None, sick_leave=Decimal(19))], "比应出勤多 1 天"),
    ],
)
def test_what_keeps_a_file_out(rows: list[Row], message: str) -> None:
    found = judge(*rows)
    assert len(found.refused) == 1
    assert message in found.refused[0].message


def test_a_stranger_is_refused_with_the_reason() -> None:
    found = judge(row("9", "壬"), strangers={"9": "是深圳罗湖营业部的人员,不属于深圳福田营业部"})
    assert "不属于" in found.refused[0].message


@pytest.mark.parametrize("cell", [key for key in FULL if key != "vat"])
def test_a_blank_cell_of_an_employee_is_an_exception_by_name(cell: str) -> None:
    found = judge(row("1", "甲", **{cell: None}), *sound()[1:])
    assert [(item.name, item.column) for item in found.exceptions] == [("甲", INPUT_COLUMNS[cell])]
    assert not found.refused


@pytest.mark.parametrize(
    ("cell", "excepted"),
    [
        ("vat", True),
        ("target", True),
        ("duty_score", True),
        ("complaints", True),
        ("due_days", False),
        ("damages_balance", False),
    ],
)
def test_a_broker_needs_vat_but_no_attendance(cell: str, excepted: bool) -> None:
    found = judge(sound()[0], broker(**{cell: None}), sound()[2])
    assert [item.column for item in found.exceptions] == ([INPUT_COLUMNS[cell]] if excepted else [])


def test_who_is_not_in_the_sheet_is_named() -> None:
    found = judge(row("1", "甲"))
    assert [(item.staff_no, item.name) for item in found.exceptions] == [("2", "乙"), ("3", "丙")]


def test_who_is_in_an_unreadable_row_is_not_called_missing() -> None:
    found = check_inputs([row("1", "甲")], PEOPLE, {}, month=OCTOBER, work_days=18, unread={"2"})
    assert [item.staff_no for item in found.exceptions] == ["3"]


@pytest.mark.parametrize("target", [Decimal(0), Decimal("-1.00")])
def test_a_target_of_nought_is_an_exception(target: Decimal) -> None:
    found = judge(row("1", "甲", target=target), *sound()[1:])
    assert [item.column for item in found.exceptions] == ["目标净佣金"]


def test_unexplained_days_are_an_exception_but_in_the_month_of_hire() -> None:
    found = judge(row("1", "甲", worked_days=Decimal(17)), *sound()[1:])
    assert [(item.name, item.column) for item in found.exceptions] == [("甲", "实出勤天数")]


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        (row("1", "甲", due_days=Decimal(19), worked_days=Decimal(19)), "应出勤天数"),
        (row("1", "甲", vat=Decimal(5)), "增值税"),
        (row("1", "甲", serious_violation=True), "严重违规"),
        (broker(due_days=Decimal(18), worked_days=Decimal(18)), "应出勤天数"),
        (broker(damages_balance=Decimal(100)), "赔偿扣款余额"),
    ],
)
def test_what_is_only_worth_knowing(changed: Row, column: str) -> None:
    others = [other for other in sound() if other["staff_no"] != changed["staff_no"]]
    found = judge(changed, *others)
    assert [item.column for item in found.notices] == [column]
    assert (found.refused, found.exceptions) == ([], [])


AUGUST = Month(2026, 8)
TERMS = OpeningTerms(AUGUST, Decimal(5000), Decimal(60000))
JANUARY = Month(2026, 1)


def balance(staff_no: str = "1", name: str = "甲", **cells: Any) -> Row:
    sums = dict.fromkeys(("income", "exempt", "special", "additional", "other", "relief", "withheld"), Decimal("0.00"))
    lot = {"deferral_balance": Decimal("25244.96"), "deferral_left": 11, "deferral_instalment": Decimal("2295.00")}
    rest = {"started": JANUARY, "basic": Decimal(40000), "negative_commission": Decimal(0), "annual_leave": None}
    return Row(2, {"staff_no": staff_no, "name": name, **sums, **lot, **rest, **cells}, "员工")


def opening(*rows: Row, brokers: tuple[Row, ...] = ()) -> Findings:
    return check_opening({EMPLOYEE: rows, BROKER: brokers}, PEOPLE, {}, TERMS)


def broker_balance(**cells: Any) -> Row:
    sums = {
        "net_income": Decimal("46690.29"),
        "income_amount": Decimal("37352.23"),
        "development_cost": Decimal("9338.07"),
        "surtax": Decimal("28.01"),
    }
    rest = {"started": JANUARY, "basic": Decimal(40000), "other": Decimal(0), "relief": Decimal(0), "withheld": Decimal(0)}
    return Row(2, {"staff_no": "2", "name": "乙", **sums, **rest, "negative_commission": Decimal(0), **cells}, "证券经纪人")


def test_sound_balances_have_no_finding() -> None:
    found = opening(balance(), brokers=(broker_balance(),))
    assert (found.refused, found.exceptions, found.notices) == ([], [], [])


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"staff_no": "9"}, "工号"),
        ({"name": "丁"}, "姓名"),
        ({"staff_no": "2", "name": "乙"}, "工号"),
        ({"staff_no": "3", "name": "丙"}, "工号"),
        ({"basic": Decimal(35000)}, "累计减除费用"),
        ({"started": Month(2026, 3)}, None),
        ({"started": Month(2026, 9)}, "起始月"),
        ({"negative_commission": Decimal("0.01")}, "负佣金结转"),
        ({"deferral_balance": Decimal("25200.00")}, "递延余额"),
        ({"deferral_left": 0}, "递延剩余期数"),
        ({"deferral_balance": Decimal(0)}, "递延余额"),
        ({"deferral_balance": Decimal(0), "deferral_left": 0, "deferral_instalment": Decimal(0)}, None),
        ({"exempt": Decimal(1)}, "累计免税收入"),
    ],
)
def test_what_keeps_balances_out(changes: dict[str, Any], column: str | None) -> None:
    found = opening(balance(**changes), brokers=() if changes.get("staff_no") == "2" else (broker_balance(),))
    assert [item.column for item in found.refused] == ([column] if column else [])


def test_a_person_in_both_sheets_is_refused() -> None:
    both = Row(2, {**broker_balance().cells, "staff_no": "1", "name": "甲"}, "证券经纪人")
    messages = [item.message for item in opening(balance(), brokers=(both,)).refused]
    assert any("两张表" in message for message in messages)


def test_who_was_hired_before_and_is_not_listed_is_named() -> None:
    found = opening(balance())
    assert [item.name for item in found.exceptions] == ["乙"]
    assert "期初里没有此人" in found.exceptions[0].message


@pytest.mark.parametrize(
    ("started", "basic", "mode"),
    [
        (JANUARY, 40000, STANDARD),
        (Month(2025, 7), 40000, STANDARD),
        (Month(2026, 3), 30000, STANDARD),
        (Month(2026, 3), 40000, FROM_JANUARY),
        (JANUARY, 60000, LUMP),
        (JANUARY, 39999, None),
    ],
)
def test_which_rule_of_law_the_basic_deduction_follows(started: Month, basic: int, mode: str | None) -> None:
    assert basic_mode(started, Decimal(basic), TERMS) == mode


def test_a_broker_whose_sums_do_not_fit_is_told() -> None:
    found = opening(balance(), brokers=(broker_balance(income_amount=Decimal("37000.00")),))
    assert {item.column for item in found.notices} == {"累计收入额", "累计展业成本"}
    assert not found.refused
