"""The states of the room and the drawings that show them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.transitions import Moves
from payroll.corrections import states

DIAGRAMS = Path(__file__).resolve().parents[3] / "docs" / "diagrams"


@pytest.mark.parametrize(
    ("name", "moves"),
    [("pay_reversal", states.REVERSAL), ("pay_correction", states.CORRECTION), ("outside_settlement", states.SETTLEMENT)],
)
def test_the_drawing_is_the_table(name: str, moves: Moves) -> None:
    assert (DIAGRAMS / f"{name}.mmd").read_text(encoding="utf-8") == moves.diagram()
