"""The states of a marketing plan and of a correction of an agreement, and their drawings."""

from __future__ import annotations

from pathlib import Path

from teams.plans.marketing import states

DIAGRAMS = Path(__file__).resolve().parents[4] / "docs" / "diagrams"


def test_the_drawings_are_the_tables() -> None:
    assert (DIAGRAMS / "marketing_plan.mmd").read_text(encoding="utf-8") == states.PLAN.diagram()
    assert (DIAGRAMS / "agreement_correction.mmd").read_text(encoding="utf-8") == states.CORRECTION.diagram()


def test_what_was_approved_is_never_edited() -> None:
    assert not [act for state, act in states.PLAN.table if state in states.IN_FORCE and act != "summarise"]
