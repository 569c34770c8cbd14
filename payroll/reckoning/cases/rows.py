"""attendance_pay.csv, social_insurance.csv and identifier.csv: one case a row."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel import identifiers
from kernel.money import ZERO, total
from payroll.reckoning import attendance, insurance
from payroll.reckoning.attendance import Rates
from payroll.reckoning.cases.results import (
    Broken,
    CaseResult,
    Compared,
    Tools,
    Unreadable,
    load_csv,
    load_json,
    need,
    number,
    only,
    run,
)

SIDE_FILE = "social_insurance_params_shenzhen.json"
ATTENDANCE_COLUMNS = (
    "id kind base date days hours comp_hours worked due amount years months min_wage expected".split()  # noqa: SIM905
)


class Row:
    """One row of attendance_pay.csv: its columns as numbers, on demand and by name."""

    def __init__(self, row: Mapping[str, Any], tools: Tools) -> None:
        self.row = row
        self.tools = tools
        self.rates = Rates.on(tools.lookup, tools.day)

    def __getitem__(self, key: str) -> Decimal:
        return need(self.row, key, "")

    def or_nought(self, key: str) -> Decimal:
        return number(self.row.get(key) or "0", key)

    @property
    def date(self) -> date:
        try:
            return date.fromisoformat(str(self.row.get("date") or "").strip())
        except ValueError:
            raise Broken(f"“date”不是日期:{self.row.get('date')}") from None

    @property
    def minimum_wage(self) -> Decimal:
        """The row's, or the product's on the day of the cases."""
        if str(self.row.get("min_wage") or "").strip():
            return self["min_wage"]
        return number(self.tools.lookup("wage.min_month", self.tools.day), "wage.min_month")


RULES: Mapping[str, Callable[[Row], Decimal | int]] = {
    "daily_wage": lambda row: attendance.daily_wage(row.rates, row["base"]),
    "hourly_wage": lambda row: attendance.hourly_wage(row.rates, row["base"]),
    "unpaid_leave": lambda row: attendance.days_off(row.rates, row["base"], row["days"]),
    "absence": lambda row: attendance.days_off(row.rates, row["base"], row["days"]),
    "sick_pay": lambda row: attendance.sick_pay(row.rates, row["base"], row["days"], row.minimum_wage),
    "sick_deduction": lambda row: attendance.sick_deduction(row.rates, row["base"], row["days"], row.minimum_wage),
    "overtime": lambda row: attendance.overtime(
        row.rates, row["base"], row["hours"], row.or_nought("comp_hours"), row.tools.day_kind(row.date)
    ),
    "part_month_due": lambda row: attendance.part_month_by_due_days(row["base"], row["worked"], row["due"]),
    "part_month_2175": lambda row: attendance.part_month_by_paid_days(row.rates, row["base"], row["worked"]),
    "annual_leave_unused": lambda row: attendance.unused_leave(row.rates, row["base"], row["days"]),
    "annual_leave_prorated": lambda row: attendance.prorated_leave(row.date, row["days"]),
    "damage": lambda row: attendance.damages(row.rates, row["base"], row["amount"], row.minimum_wage),
    "severance_pay": lambda row: attendance.severance_pay(row["base"], row.or_nought("years"), row.or_nought("months")),
    "probation_floor": lambda row: attendance.probation_floor(row.rates, row["base"], row.minimum_wage),
}


def read_attendance(path: Path, tools: Tools) -> list[CaseResult]:
    """`kind` names the rule, the other columns its inputs."""
    return [_attendance(row, index, tools) for index, row in enumerate(load_csv(path), 2)]


def _attendance(row: Mapping[str, Any], line: int, tools: Tools) -> CaseResult:
    def work(compared: Compared) -> None:
        only(row, ATTENDANCE_COLUMNS, "表头")
        kind = str(row.get("kind") or "").strip()
        if kind not in RULES:
            raise Broken(f"不认得的种类“{kind}”")
        need(row, "expected", "")
        compared.add(kind, row["expected"], RULES[kind](Row(row, tools)))

    return run(str(row.get("id") or f"第{line}行"), work)


# The names that the parameter sets use for the product's items.
SET_ITEMS = {
    "pension": insurance.PENSION,
    "medical1": insurance.MEDICAL_1,
    "medical2": insurance.MEDICAL_2,
    "maternity": insurance.MATERNITY,
    "unemployment": insurance.UNEMPLOYMENT,
    "injury": insurance.INJURY,
    "hpf": insurance.HOUSING_FUND,
}


def read_insurance(path: Path, tools: Tools) -> list[CaseResult]:
    """Items, bases and both sides under the parameter set that each row names."""
    rows, sets = load_csv(path), load_json(path.with_name(SIDE_FILE))
    if not isinstance(sets, dict):
        raise Unreadable(f"{SIDE_FILE} 应是一组参数")
    return [_insurance(row, index, sets) for index, row in enumerate(rows, 2)]


def _items(sets: Mapping[str, Any], name: str) -> dict[str, insurance.Item]:
    if name not in sets:
        raise Broken(f"{SIDE_FILE} 里没有参数组“{name}”")
    only(sets[name], ("desc", *SET_ITEMS), f"参数组 {name} ")
    found = {}
    for key, code in SET_ITEMS.items():
        value = sets[name].get(key)
        if value is not None:
            only(value, ("ee", "er", "lo", "hi"), f"参数组 {name} 的 {key} ")
            item = {"employee": value["ee"], "employer": value["er"], "floor": value["lo"], "cap": value["hi"]}
            found[key] = insurance.Item.of(code, item)
    return found


def _insurance(row: Mapping[str, Any], line: int, sets: Mapping[str, Any]) -> CaseResult:
    def work(compared: Compared) -> None:
        columns = {str(key).split(" ", maxsplit=1)[0]: value for key, value in row.items()}
        only(columns, ("id", "param_set", "declared_base", "items", "employee_total", "employer_total"), "表头")
        items, declared = _items(sets, str(columns.get("param_set"))), need(columns, "declared_base", "")
        wanted: dict[str, list[Any]] = json.loads(columns["items"])
        if {"medical1", "medical2"} <= wanted.keys():
            raise Broken("medical1 与 medical2 不能同时参加")
        employee, employer = [ZERO], [ZERO]
        for key, (base, own, company) in wanted.items():
            if key not in items:
                raise Broken(f"不认得的险种“{key}”")
            got = insurance.contribution(items[key], declared)
            employee.append(got.employee)
            employer.append(got.employer)
            compared.add(f"{key}.base", base, got.base)
            compared.add(f"{key}.employee", own, got.employee)
            compared.add(f"{key}.employer", company, got.employer)
        compared.add("employee_total", columns.get("employee_total"), total(employee))
        compared.add("employer_total", columns.get("employer_total"), total(employer))

    return run(str(row.get("id") or f"第{line}行"), work)


def read_identifiers(path: Path, tools: Tools) -> list[CaseResult]:
    """One word a row: valid, invalid or warn."""
    return [_identifier(row, index, tools) for index, row in enumerate(load_csv(path), 2)]


def _identifier(row: Mapping[str, Any], line: int, tools: Tools) -> CaseResult:
    def work(compared: Compared) -> None:
        only(row, ("id", "kind", "value", "expected"), "表头")
        kind = str(row.get("kind") or "").strip()
        if kind not in identifiers.KINDS:
            raise Broken(f"不认得的种类“{kind}”")
        compared.add(kind, row.get("expected"), identifiers.check(kind, str(row.get("value") or ""), tools.day).word)

    return run(str(row.get("id") or f"第{line}行"), work)
