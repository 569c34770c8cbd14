"""Every worked case passes, and what is unknown fails instead of being skipped."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from payroll.reckoning.cases import READERS, CaseResult, Tools, Unreadable, run_file
from tests.payroll.reckoning.reference import CASES, day_kind, demo_scheme, lookup

TOOLS = Tools(lookup, day_kind, demo_scheme())


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("income_tax.json", 50),
        ("commission.csv", 8),
        ("client_manager_pay.json", 5),
        ("attendance_pay.csv", 13),
        ("social_insurance.csv", 7),
        ("identifier.csv", 24),
    ],
)
def test_all_cases_of_the_file_pass(name: str, count: int):
    results = run_file(CASES / name, TOOLS)
    assert len(results) == count
    assert [line for result in results if not result.passed for line in result.lines()] == []


def test_every_reader_has_its_file():
    assert set(READERS) == {path.name for path in CASES.glob("*.*")} - {"README.md", "social_insurance_params_shenzhen.json"}


def test_a_line_shows_both_figures_and_the_verdict():
    first = run_file(CASES / "income_tax.json", TOOLS)[0]
    assert "S01.1.tax  75.00  75.00  ok" in list(first.lines())


def write(folder: Path, name: str, data: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return path


def tax_case(**changes: Any) -> dict[str, Any]:
    return {
        "id": "Z1",
        "kind": "salary_cumulative",
        "options": {},
        "months": [{"month": 1, "income": "10000"}],
        "expected": [{"month": 1, "tax": "150.00"}],
        **changes,
    }


def one(path: Path) -> CaseResult:
    (result,) = run_file(path, TOOLS)
    return result


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "lottery"}, "不认得的种类“lottery”"),
        ({"options": {"double": True}}, "“double”"),
        ({"options": {"lump60000": "yes"}}, "true 或 false"),
        ({"months": [{"month": 1, "income": "1", "tip": "2"}]}, "“tip”"),
        ({"extra": 1}, "“extra”"),
        ({"expected": [{"month": 1, "net": "1"}]}, "“net”"),
        ({"expected": [{"month": 2, "tax": "1"}]}, "2 月不在"),
        ({"months": [{"month": 1, "income": "1"}, {"month": 3, "income": "1"}]}, "月份应连续"),
        ({"months": []}, "缺“months”"),
        ({"months": [{"month": 1, "income": "many"}]}, "不是数字"),
        ({"expected": []}, "没有可比较的数字"),
        ({"expected": None}, "expected"),
        ({"options": {"basic_start": 13}}, "basic_start"),
        ({"options": ["lump60000"]}, "数据不能读"),
        ({"options": "lump60000"}, "不认得"),
        ({"months": ["January"]}, "数据不能读"),
        ({"months": [{"month": 1, "income": "1e999999"}]}, "数据不能读"),
        ({"kind": "broker_gross_to_net", "options": {"vat_mode": "weekly"}}, "weekly"),
        ({"kind": "broker_gross_to_net", "options": {"vat_mode": "per_month"}, "months": [{"month": 1, "vat": "1"}]}, "“vat”"),
        ({"kind": "severance", "months": None, "input": "1", "expected": "0"}, "“months”"),
    ],
)
def test_a_tax_case_with_something_unknown_fails_and_says_so(tmp_path: Path, changes: dict[str, Any], words: str):
    result = one(write(tmp_path, "income_tax.json", [tax_case(**changes)]))
    assert not result.passed
    assert any(words in line for line in result.lines())


def test_words_for_people_are_let_through(tmp_path: Path):
    assert one(write(tmp_path, "income_tax.json", [tax_case(title="t", note="n", source="s", description="d")])).passed


def test_a_wrong_figure_differs(tmp_path: Path):
    result = one(write(tmp_path, "income_tax.json", [tax_case(expected=[{"month": 1, "tax": "150.01"}])]))
    assert list(result.lines()) == ["Z1.1.tax  150.01  150.00  DIFFERS"]
    assert not result.passed


@pytest.mark.parametrize(
    ("options", "months", "expected"),
    [
        ({"basic_start": 1}, [{"month": 7, "income": "30000", "ins": "3000"}], {"month": 7, "cum_taxable": "-8000.00"}),
        ({"lump60000": True}, [{"month": 1, "income": "70000"}], {"month": 1, "cum_taxable": "10000.00", "tax": "300.00"}),
        ({}, [{"month": 3, "income": "10000", "exempt": "1000", "other": "500"}], {"month": 3, "cum_taxable": "3500.00"}),
        (
            {"basic_start": 2},
            [{"month": 1, "income": "3000"}, {"month": 2, "income": "3000"}],
            {"month": 2, "cum_taxable": "1000.00"},
        ),
    ],
)
def test_options_of_the_salary_chain(
    tmp_path: Path, options: dict[str, Any], months: list[dict[str, Any]], expected: dict[str, Any]
):
    result = one(write(tmp_path, "income_tax.json", [tax_case(options=options, months=months, expected=[expected])]))
    assert result.passed, list(result.lines())


@pytest.mark.parametrize(
    ("options", "month", "expected"),
    [
        ({"vat_mode": "per_month"}, {"gross": "100999.99"}, {"vat": "0.00", "net_income": "100999.99"}),
        ({"vat_mode": "per_month", "threshold": "50000"}, {"gross": "50500"}, {"vat": "500.00"}),
        ({"vat_mode": "per_transaction", "threshold": "500"}, {"gross": "505"}, {"vat": "5.00", "edu": "0.08"}),
        (
            {"vat_mode": "per_transaction", "edu_exempt": True, "lump60000": True},
            {"gross": "30000"},
            {"local": "0.00", "tax": "0.00"},
        ),
        ({"vat_mode": "exempt"}, {"gross": "30000"}, {"vat": "0.00", "take_home": "29610.00"}),
        ({"vat_mode": "manual"}, {"gross": "30000", "vat": "12.00"}, {"vat": "12.00", "urban": "0.42"}),
        ({"vat_mode": "per_transaction", "basic_start": 1}, {"gross": "10100"}, {"cum_taxable": "994.00"}),
    ],
)
def test_options_from_gross_to_net(tmp_path: Path, options: dict[str, Any], month: dict[str, Any], expected: dict[str, Any]):
    case = tax_case(
        kind="broker_gross_to_net", options=options, months=[{"month": 1, **month}], expected=[{"month": 1, **expected}]
    )
    result = one(write(tmp_path, "income_tax.json", [case]))
    assert result.passed, list(result.lines())


def test_single_payments_need_their_input(tmp_path: Path):
    data = [
        {"id": "a", "kind": "severance", "input": "600000", "expected": "0"},
        {"id": "b", "kind": "annual_bonus_separate", "expected": "0"},
        {"id": "c", "kind": "labour_service_general", "input": "4000.01", "expected": {"tax": "640.00"}},
        {"id": "d", "kind": "labour_service_general", "input": "1"},
    ]
    assert [result.passed for result in run_file(write(tmp_path, "income_tax.json", data), TOOLS)] == [False, False, True, False]


def rows_of(name: str) -> list[dict[str, str]]:
    with (CASES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_rows(folder: Path, name: str, rows: list[dict[str, str]]) -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def attendance(tmp_path: Path, **cells: str) -> CaseResult:
    blank = dict.fromkeys(rows_of("attendance_pay.csv")[0], "")
    return one(write_rows(tmp_path, "attendance_pay.csv", [{**blank, "id": "Z1", **cells}]))


@pytest.mark.parametrize(
    "cells",
    [
        {"kind": "hourly_wage", "base": "4350", "expected": "25.00"},
        {"kind": "absence", "base": "4350", "days": "25", "expected": "4350.00"},
        {"kind": "part_month_2175", "base": "4350", "worked": "11", "due": "21", "date": "2026-10-17", "expected": "2200.00"},
        {"kind": "annual_leave_prorated", "date": "2026-07-01", "days": "5", "expected": "2"},
        {"kind": "overtime", "base": "4350", "date": "2026-04-05", "hours": "8", "comp_hours": "8", "expected": "600.00"},
        {"kind": "probation_floor", "base": "3000", "expected": "2700.00"},
        {"kind": "severance_pay", "base": "8000", "years": "2", "expected": "16000"},
    ],
)
def test_attendance_kinds_that_the_delivered_cases_do_not_show(tmp_path: Path, cells: dict[str, str]):
    result = attendance(tmp_path, **cells)
    assert result.passed, list(result.lines())


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"kind": "bonus", "expected": "1"}, "不认得的种类“bonus”"),
        ({"kind": "daily_wage", "expected": "1"}, "缺“base”"),
        ({"kind": "daily_wage", "base": "4350"}, "缺“expected”"),
        ({"kind": "overtime", "base": "1", "hours": "1", "date": "soon", "expected": "1"}, "不是日期"),
        ({"kind": "part_month_due", "base": "1", "worked": "1", "due": "0", "expected": "1"}, "数据不能读"),
    ],
)
def test_attendance_rows_that_can_not_be_reckoned(tmp_path: Path, cells: dict[str, str], words: str):
    result = attendance(tmp_path, **cells)
    assert not result.passed
    assert words in next(iter(result.lines()))


def changed_rows(tmp_path: Path, name: str, change: Callable[[dict[str, str]], None]) -> CaseResult:
    shutil.copy(CASES / "social_insurance_params_shenzhen.json", tmp_path)
    row = rows_of(name)[0]
    change(row)
    return one(write_rows(tmp_path, name, [row]))


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("social_insurance.csv", {"param_set": "sz-1999"}, "没有参数组"),
        ("social_insurance.csv", {"declared_base": ""}, "缺“declared_base”"),
        ("identifier.csv", {"kind": "passport"}, "不认得的种类“passport”"),
        ("commission.csv", {"flat": "1"}, "不认得的列“flat”"),
        ("identifier.csv", {"colour": "1"}, "“colour”"),
        ("attendance_pay.csv", {"colour": "1"}, "“colour”"),
    ],
)
def test_rows_with_something_unknown_fail(tmp_path: Path, name: str, change: dict[str, str], words: str):
    result = changed_rows(tmp_path, name, lambda row: row.update(change))
    assert not result.passed
    assert any(words in line for line in result.lines())


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ('{"pets": ["1", "1", "1"]}', "险种“pets”"),
        ('{"medical1": [1, 1, 1], "medical2": [1, 1, 1]}', "不能同时"),
        ("{", "不能读"),
    ],
)
def test_items_of_insurance_that_can_not_be(tmp_path: Path, items: str, words: str):
    column = next(key for key in rows_of("social_insurance.csv")[0] if key.startswith("items"))
    result = changed_rows(tmp_path, "social_insurance.csv", lambda row: row.update({column: items}))
    assert not result.passed
    assert any(words in line for line in result.lines())


def test_the_second_medical_tier(tmp_path: Path):
    column = next(key for key in rows_of("social_insurance.csv")[0] if key.startswith("items"))
    change = {column: '{"medical2": ["6727", "33.64", "100.91"]}', "employee_total": "33.64", "employer_total": "100.91"}
    assert changed_rows(tmp_path, "social_insurance.csv", lambda row: row.update(change)).passed


def pay_file(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> CaseResult:
    data = json.loads((CASES / "client_manager_pay.json").read_text(encoding="utf-8"))
    data["cases"] = data["cases"][:1]
    change(data)
    return one(write(tmp_path, "client_manager_pay.json", data))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["scheme"].update(colour=1),
        lambda data: data["scheme"]["grades"]["见习"].update(colour=1),
        lambda data: data["scheme"].pop("min_wage"),
        lambda data: data["cases"][0]["input"].update(colour=1),
        lambda data: data["cases"][0]["input"].update(grade="特级"),
        lambda data: data["cases"][0]["input"].update(protected="yes"),
        lambda data: data["cases"][0]["input"].pop("net"),
        lambda data: data["cases"][0]["expected"].update(colour=1),
        lambda data: data["cases"][0].update(colour=1),
        lambda data: data["cases"][0].pop("expected"),
    ],
)
def test_pay_cases_with_something_unknown_fail(tmp_path: Path, change: Callable[[dict[str, Any]], None]):
    assert not pay_file(tmp_path, change).passed


def test_the_file_s_own_scheme_is_what_counts(tmp_path: Path):
    def change(data: dict[str, Any]) -> None:
        data["scheme"] |= {"opening_award": 100, "opening_cap": 250, "asset_rate": "0.001", "min_wage": 5000}
        data["cases"][0]["expected"] = {"opening": "250.00", "asset": "150.00", "min_wage_topup": "1416.00", "gross": "5000.00"}

    result = pay_file(tmp_path, change)
    assert result.passed, list(result.lines())


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("income_tax.json", "{"),
        ("income_tax.json", "{}"),
        ("client_manager_pay.json", "[]"),
        ("commission.csv", ""),
        ("identifier.csv", "id,kind\n"),
    ],
)
def test_a_file_of_another_form_can_not_be_read(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(Unreadable):
        run_file(tmp_path / name, TOOLS)


def test_files_that_are_unknown_missing_or_lack_their_side_file(tmp_path: Path):
    shutil.copy(CASES / "social_insurance.csv", tmp_path)
    for name in ("holiday.csv", "income_tax.json", "commission.csv", "social_insurance.csv"):
        with pytest.raises(Unreadable):
            run_file(tmp_path / name, TOOLS)
