"""The moves of opening sets, input sheets and tax modes, and the diagrams drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from kernel.refusals import Refusal
from kernel.transitions import Moves
from payroll.intake.states import INPUT_SHEET, OPENING, TAX_MODE

DRAWN = Path(settings.BASE_DIR) / "docs" / "diagrams"


@pytest.mark.parametrize(("moves", "name"), [(OPENING, "opening_set"), (INPUT_SHEET, "input_sheet"), (TAX_MODE, "tax_mode")])
def test_the_diagram_is_drawn_from_the_table(moves: Moves, name: str) -> None:
    assert (DRAWN / f"{name}.mmd").read_text() == moves.diagram()


@pytest.mark.parametrize("moves", [OPENING, INPUT_SHEET, TAX_MODE])
def test_what_the_table_lacks_is_refused(moves: Moves) -> None:
    for state in moves.states:
        for act in moves.acts:
            if moves.can(state, act):
                assert moves.after(state, act) in moves.states
            else:
                with pytest.raises(Refusal, match=moves.states[state]):
                    moves.after(state, act)


def test_what_is_confirmed_stays() -> None:
    assert not [act for state, act in OPENING.table if state == "confirmed"]
