"""The states of a run and the drawing that shows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.refusals import Refusal
from payroll.runs import states

DIAGRAM = Path(__file__).resolve().parents[3] / "docs" / "diagrams" / "pay_run.mmd"


def test_the_drawing_is_the_table() -> None:
    assert DIAGRAM.read_text(encoding="utf-8") == states.MOVES.diagram()


def test_once_approved_only_issue_filing_and_a_countersigned_reversal_lead_on() -> None:
    onward = {(before, act): after for (before, act), after in states.MOVES.table.items() if before in states.FIXED}
    assert onward == {
        (states.APPROVED, "issue"): states.ISSUED,
        (states.ISSUED, "file"): states.FILED,
        (states.APPROVED, "ask_reversal"): states.REVERSING,
        (states.REVERSING, "reverse"): states.REVERSED,
        (states.REVERSING, "keep"): states.APPROVED,
    }


def test_superseded_versions_lead_nowhere() -> None:
    assert not [move for move in states.MOVES.table if move[0] in (states.RETURNED, states.VOID, states.REVERSED)]


@pytest.mark.parametrize("state", [states.COMPUTING, states.APPROVING, states.APPROVED, states.ISSUED, states.FILED])
def test_nothing_beyond_review_can_be_voided(state: str) -> None:
    with pytest.raises(Refusal, match="不能作废"):
        states.MOVES.after(state, "void")
