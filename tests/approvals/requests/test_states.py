"""The diagrams in the docs are drawn from the tables of moves."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from approvals.requests.states import MOVES, SEAT_MOVES, STAGE_MOVES, STATE_WORDS, UNFINISHED, UNSIGNED, diagrams, ended
from branch.templatetags.zhanye import STATUS_COLOURS
from kernel.refusals import Refusal

DRAWN = Path(settings.BASE_DIR) / "docs" / "diagrams"


@pytest.mark.parametrize("name", ["approval_request", "approval_stage", "approval_seat"])
def test_the_diagram_is_the_table(name: str) -> None:
    drawn = (DRAWN / f"{name}.mmd").read_text(encoding="utf-8")
    assert drawn == diagrams()[name], f"draw it again: write approvals.requests.states.diagrams()[{name!r}] to this file"


@pytest.mark.parametrize("moves", [MOVES, STAGE_MOVES, SEAT_MOVES], ids=lambda moves: moves.subject)
def test_every_state_and_act_is_met_in_its_table(moves: object) -> None:
    assert isinstance(moves, type(MOVES))
    assert {act for _, act in moves.table} == set(moves.acts)
    assert {before for before, _ in moves.table} | set(moves.table.values()) >= set(moves.states) - {"carried"}


def test_ends_lead_nowhere() -> None:
    ends = {state for state in STATE_WORDS if ended(state)}
    assert ends == {"withdrawn", "rejected", "approved"}
    for state in ends:
        with pytest.raises(Refusal, match=STATE_WORDS[state]):
            MOVES.after(state, "sign")


def test_what_is_signed_or_decided_is_never_moved_again() -> None:
    assert set(UNSIGNED) == {"waiting", "open"}
    assert set(UNFINISHED) == {"waiting", "open"}
    for moves, state in [(SEAT_MOVES, "signed"), (SEAT_MOVES, "void"), (STAGE_MOVES, "passed"), (STAGE_MOVES, "carried")]:
        assert not [act for act in moves.acts if moves.can(state, act)]


def test_each_state_has_its_fixed_colour() -> None:
    colours = {word: STATUS_COLOURS[word] for word in STATE_WORDS.values()}
    assert colours == {"审批中": "blue", "已退回": "orange", "已撤回": "grey", "已驳回": "red", "已通过": "green"}
