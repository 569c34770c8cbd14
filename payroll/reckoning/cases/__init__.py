"""Worked cases, run by the product's own rules: a file is known by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from payroll.reckoning.cases import income_tax, monthly_pay, rows
from payroll.reckoning.cases.results import CASE_DAY, Broken, CaseResult, Figure, Tools, Unreadable

__all__ = ["CASE_DAY", "READERS", "Broken", "CaseResult", "Figure", "Tools", "Unreadable", "run_file"]

READERS: Mapping[str, Callable[[Path, Tools], list[CaseResult]]] = {
    "income_tax.json": income_tax.read,
    "commission.csv": monthly_pay.read_commission,
    "client_manager_pay.json": monthly_pay.read_pay,
    "attendance_pay.csv": rows.read_attendance,
    "social_insurance.csv": rows.read_insurance,
    "identifier.csv": rows.read_identifiers,
}


def run_file(path: Path, tools: Tools) -> list[CaseResult]:
    """Every case of the file. Raises Unreadable for a file that is not there, not known or not of its form."""
    reader = READERS.get(path.name)
    if reader is None:
        raise Unreadable(f"不认得的案例文件“{path.name}”,认得的有:{'、'.join(READERS)}")
    return reader(path, tools)
