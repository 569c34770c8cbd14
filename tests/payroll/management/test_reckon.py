"""The command: its lines, its last word, its exit codes, and where its parameters come from."""

from __future__ import annotations

import json
import shutil
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from branch.calendar.models import SpecialDay
from branch.parameters.models import ParameterValue

CASES = Path(__file__).resolve().parents[2] / "tables" / "cases"
NAMES = (
    "income_tax.json",
    "commission.csv",
    "client_manager_pay.json",
    "attendance_pay.csv",
    "social_insurance.csv",
    "identifier.csv",
)

pytestmark = pytest.mark.django_db


def reckon(*paths: Path) -> tuple[list[str], str, int]:
    out, errors, code = StringIO(), StringIO(), 0
    try:
        call_command("reckon", *map(str, paths), stdout=out, stderr=errors)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return out.getvalue().splitlines(), errors.getvalue(), code


def test_all_delivered_cases_pass():
    lines, errors, code = reckon(*(CASES / name for name in NAMES))
    assert (lines[-1], errors, code) == ("107 passed, 0 failed", "", 0)
    assert "S01.1.tax  75.00  75.00  ok" in lines


def test_a_differing_figure_ends_with_one(tmp_path: Path):
    path = tmp_path / "commission.csv"
    path.write_text("id,net_commission,progressive,whole_tier\nZ1,10000,1500.00,1500.00\nZ2,10000,1,1500\n", encoding="utf-8")
    lines, _, code = reckon(path)
    assert lines == [
        "Z1.progressive  1500.00  1500.00  ok",
        "Z1.whole_tier  1500.00  1500.00  ok",
        "Z2.progressive  1  1500.00  DIFFERS",
        "Z2.whole_tier  1500  1500.00  ok",
        "1 passed, 1 failed",
    ]
    assert code == 1


def test_a_file_that_can_not_be_read_ends_with_two_and_the_others_still_run(tmp_path: Path):
    lines, errors, code = reckon(tmp_path / "income_tax.json", CASES / "commission.csv")
    assert (lines[-1], code) == ("8 passed, 0 failed", 2)
    assert "income_tax.json 读不出" in errors


def test_the_seeded_parameters_and_calendar_are_what_counts(tmp_path: Path):
    delivered = json.loads((Path("branch") / "parameters" / "reference.json").read_text(encoding="utf-8"))
    for row in delivered:
        span = {"effective_from": row["effective_from"], "effective_to": row["effective_to"]}
        value = "6000" if row["code"] == "iit.basic_deduction_month" else row["value"]
        ParameterValue.objects.create(
            code=row["code"], name=row["name"][:120], value=value, state="confirmed", source=row["source"][:300], **span
        )
    SpecialDay.objects.create(day=date(2026, 10, 19), kind="statutory_holiday", name="x")
    case = {
        "id": "Z1",
        "kind": "salary_cumulative",
        "months": [{"month": 1, "income": "10000"}],
        "expected": [{"month": 1, "cum_taxable": "4000.00"}],
    }
    (tmp_path / "income_tax.json").write_text(json.dumps([case]), encoding="utf-8")
    shutil.copy(CASES / "attendance_pay.csv", tmp_path)
    head = "id,kind,base,date,days,hours,comp_hours,worked,due,amount,years,months,min_wage,expected,description\n"
    rows = "Z2,overtime,4350,2026-10-19,,8,,,,,,,,600.00,\nZ3,overtime,4350,2027-10-19,,8,,,,,,,,600.00,\n"
    (tmp_path / "attendance_pay.csv").write_text(head + rows, encoding="utf-8")
    lines, _, code = reckon(tmp_path / "income_tax.json", tmp_path / "attendance_pay.csv")
    assert lines[:2] == ["Z1.1.cum_taxable  4000.00  4000.00  ok", "Z2.overtime  600.00  600.00  ok"]
    assert "日历没有 2027 年" in lines[2]
    assert (lines[-1], code) == ("2 passed, 1 failed", 1)
