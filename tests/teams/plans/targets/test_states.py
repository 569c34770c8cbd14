"""The states of the targets' rows, and their drawings."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.transitions import Moves
from teams.plans.targets import states

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"
DRAWN = {
    "target": states.TARGET,
    "target_change": states.CHANGE,
    "income_plan": states.INCOME,
    "deviation_note": states.NOTE,
    "target_sheet": states.SHEET,
}


@pytest.mark.parametrize(("name", "moves"), DRAWN.items())
def test_the_drawing_is_the_table(name: str, moves: Moves) -> None:
    assert (DIAGRAMS / f"{name}.mmd").read_text(encoding="utf-8") == moves.diagram()


def test_what_is_decided_is_decided() -> None:
    assert {state for state, _ in states.CHANGE.table} == {states.PROPOSED}
    assert {state for state, _ in states.SHEET.table} == {states.CHECKED}
