"""The states of a company's close and of a branch in it, and their drawings."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.transitions import Moves
from payroll.close import states

DIAGRAMS = Path(__file__).resolve().parents[3] / "docs" / "diagrams"


@pytest.mark.parametrize(("name", "moves"), [("company_close", states.CLOSE), ("branch_close", states.BRANCH)])
def test_the_drawing_is_the_table(name: str, moves: Moves) -> None:
    assert (DIAGRAMS / f"{name}.mmd").read_text(encoding="utf-8") == moves.diagram()


def test_every_branch_state_that_is_no_work_can_be_queued_again() -> None:
    again = {state for state, act in states.BRANCH.table if act == "queue"}
    assert again == set(states.BRANCH.states) - set(states.OPEN)


def test_a_close_can_always_be_started() -> None:
    assert {state for state, act in states.CLOSE.table if act == "start"} == set(states.CLOSE.states)
