"""The drawings are the tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.transitions import Moves
from teams.plans.moves import states

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"


@pytest.mark.parametrize(("name", "table"), [("posting_move", states.MOVE), ("leaving", states.LEAVING)])
def test_the_drawing_is_the_table(name: str, table: Moves) -> None:
    assert (DIAGRAMS / f"{name}.mmd").read_text(encoding="utf-8") == table.diagram()


def test_nothing_leads_out_of_what_is_over() -> None:
    over = {states.EFFECTIVE, states.CANCELLED, states.REJECTED}
    assert not [state for state, _ in states.MOVE.table if state in over]
    assert [act for state, act in states.LEAVING.table if state == states.CLOSED] == ["revoke"]
