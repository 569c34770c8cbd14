"""The states of a work log, and their drawing."""

from __future__ import annotations

from pathlib import Path

from teams.plans.logs.states import LOG, PASSED

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"


def test_the_drawing_is_the_table() -> None:
    assert (DIAGRAMS / "work_log.mmd").read_text(encoding="utf-8") == LOG.diagram()


def test_what_has_passed_is_never_changed() -> None:
    assert PASSED not in {state for state, _ in LOG.table}
