"""The moves of a scheme version, and the diagram drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

from kernel.refusals import Refusal
from payroll.schemes.states import SCHEME

DRAWN = Path(settings.BASE_DIR) / "docs" / "diagrams"


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert (DRAWN / "scheme_version.mmd").read_text() == SCHEME.diagram()


def test_what_the_table_lacks_is_refused() -> None:
    for state in SCHEME.states:
        for act in SCHEME.acts:
            if SCHEME.can(state, act):
                assert SCHEME.after(state, act) in SCHEME.states
            else:
                with pytest.raises(Refusal, match=SCHEME.states[state]):
                    SCHEME.after(state, act)


def test_what_is_in_force_is_never_edited() -> None:
    assert [act for state, act in SCHEME.table if state == "in_force"] == ["retire"]
