"""The moves of a route's version, and the diagram drawn from them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from approvals.routes.models import Route
from approvals.routes.states import ROUTE
from kernel.refusals import Refusal

DRAWN = Path(settings.BASE_DIR) / "docs" / "diagrams" / "route_version.mmd"


def test_the_diagram_is_drawn_from_the_table() -> None:
    assert DRAWN.read_text() == ROUTE.diagram()


def test_what_the_table_lacks_is_refused() -> None:
    for state in ROUTE.states:
        for act in ROUTE.acts:
            if not ROUTE.can(state, act):
                with pytest.raises(Refusal, match=ROUTE.states[state]):
                    ROUTE.after(state, act)


def test_what_was_confirmed_is_never_edited_again() -> None:
    assert [act for state, act in ROUTE.table if state == "active"] == ["end"]
    assert not [act for state, act in ROUTE.table if state in ("ended", "dropped")]


@pytest.mark.parametrize(
    ("state", "begins", "ends", "word", "colour"),
    [
        ("draft", 0, None, "草案", "grey"),
        ("proposed", 0, None, "待确认", "blue"),
        ("active", 0, None, "生效", "green"),
        ("active", -5, 0, "生效", "green"),
        ("active", 1, None, "待生效", "blue"),
        ("active", -5, -1, "失效", "grey"),
        ("ended", 1, None, "失效", "grey"),
    ],
)
def test_the_word_of_a_version_goes_by_the_day(state: str, begins: int, ends: int | None, word: str, colour: str) -> None:
    today = timezone.localdate()
    route = Route(
        state=state,
        effective_from=today + timedelta(days=begins),
        effective_to=None if ends is None else today + timedelta(days=ends),
    )
    assert (route.standing, route.colour) == (word, colour)
