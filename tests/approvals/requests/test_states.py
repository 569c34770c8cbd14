"""The diagram in the docs is drawn from the table of moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from approvals.requests.states import MOVES, STATE_WORDS, diagram, ended
from branch.templatetags.zhanye import STATUS_COLOURS
from kernel.refusals import Refusal

DRAWN = Path(settings.BASE_DIR) / "docs" / "diagrams" / "approval_request.mmd"


def test_the_diagram_is_the_table() -> None:
    assert DRAWN.read_text(encoding="utf-8") == diagram(), "draw it again: write approvals.requests.states.diagram() to this file"


def test_ends_lead_nowhere() -> None:
    ends = {state for state in STATE_WORDS if ended(state)}
    assert ends == {"withdrawn", "rejected", "approved"}
    for state in ends:
        with pytest.raises(Refusal, match=STATE_WORDS[state]):
            MOVES.after(state, "sign")


def test_each_state_has_its_fixed_colour() -> None:
    colours = {word: STATUS_COLOURS[word] for word in STATE_WORDS.values()}
    assert colours == {"审批中": "blue", "已退回": "orange", "已撤回": "grey", "已驳回": "red", "已通过": "green"}
