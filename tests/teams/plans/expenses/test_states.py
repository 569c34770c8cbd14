"""The states of a note on a month that cost too much, and their drawing."""

from __future__ import annotations

from pathlib import Path

from teams.plans.expenses import states

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"


def test_the_drawing_is_the_table() -> None:
    assert (DIAGRAMS / "expense_note.mmd").read_text(encoding="utf-8") == states.NOTE.diagram()


def test_what_was_answered_is_not_asked_again() -> None:
    assert {act for state, act in states.NOTE.table if state == states.ANSWERED} == {"answer"}
