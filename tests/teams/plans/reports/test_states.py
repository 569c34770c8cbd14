"""The states of a business analysis report, and their drawing."""

from __future__ import annotations

from pathlib import Path

from teams.plans.reports import states

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"


def test_the_drawing_is_the_table() -> None:
    assert (DIAGRAMS / "analysis_report.mmd").read_text(encoding="utf-8") == states.REPORT.diagram()


def test_what_is_handed_in_is_neither_written_nor_taken_anew() -> None:
    assert not [act for state, act in states.REPORT.table if state in states.HANDED_IN and act in ("write", "refresh", "submit")]
