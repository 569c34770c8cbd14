"""The diagrams in the docs are drawn from the tables of moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from clients.figures.states import FIGURES_MOVES
from clients.imports.states import BATCH_MOVES
from clients.registry.states import SLIP_MOVES
from kernel.refusals import Refusal

DIAGRAMS = Path(settings.BASE_DIR) / "docs" / "diagrams"


@pytest.mark.parametrize(
    ("name", "moves"),
    [("confirmation_slip", SLIP_MOVES), ("import_batch", BATCH_MOVES), ("figures_month", FIGURES_MOVES)],
)
def test_the_diagram_is_the_table(name, moves):
    assert (DIAGRAMS / f"{name}.mmd").read_text(encoding="utf-8") == moves.diagram()


def test_what_is_void_stays_void():
    for act in ("confirm", "void", "end"):
        with pytest.raises(Refusal, match="作废"):
            SLIP_MOVES.after("void", act)
