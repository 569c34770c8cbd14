"""Findings on their way between files, rows of the database and people."""

from __future__ import annotations

from typing import Any

from kernel.sheets.columns import CellProblem
from payroll.intake.rules import Finding


def sentence(item: dict[str, Any]) -> str:
    """A kept finding as a sentence."""
    return str(Finding(**item))


def cell_problems(items: list[dict[str, Any]], sheet: str = "") -> list[CellProblem]:
    """Kept findings as problems of a sheet's cells, for the error file."""
    here = [item for item in items if item["row"] and item["sheet"] == sheet]
    return [CellProblem(item["row"], item["column"], item["value"], item["message"]) for item in here]
