"""The product's reference data as the pure tests read it: straight from the files, without a database."""

from __future__ import annotations

import csv
import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from kernel.refusals import Missing
from payroll.reckoning.reading import parse_scheme
from payroll.reckoning.scheme import Scheme

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "demo" / "crm"
CASES = ROOT / "tests" / "tables" / "cases"


@cache
def _parameters() -> list[dict[str, Any]]:
    return json.loads((ROOT / "branch" / "parameters" / "reference.json").read_text(encoding="utf-8"))


def lookup(code: str, day: date) -> Any:
    """A parameter's value on a day."""
    for row in _parameters():
        last = row["effective_to"]
        if row["code"] == code and row["effective_from"] <= day.isoformat() and (last is None or day.isoformat() <= last):
            return row["value"]
    raise Missing(f"参数 {code} 在 {day} 没有生效的数值")


@cache
def _special_days() -> dict[str, str]:
    path = ROOT / "branch" / "calendar" / "reference_special_days.csv"
    with path.open(encoding="utf-8") as file:
        return {row["date"]: row["type"] for row in csv.DictReader(file)}


def day_kind(day: date) -> str:
    """statutory_holiday, rest_day or work_day."""
    special = _special_days().get(day.isoformat())
    if special == "statutory_holiday":
        return special
    resting = special == "public_holiday" or (special is None and day.isoweekday() > 5)
    return "rest_day" if resting else "work_day"


def scheme_data() -> dict[str, Any]:
    """A fresh copy of the demo scheme's JSON, to be changed at will."""
    return json.loads((DEMO / "scheme_demo.json").read_text(encoding="utf-8"))


@cache
def demo_scheme() -> Scheme:
    return parse_scheme(scheme_data())
