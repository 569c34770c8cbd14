"""A request along three seats, for the pages."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def three(world: Any) -> Any:
    """The world with a chief accountant, a deputy and a manager, each signing in turn."""
    world.chief, world.deputy, world.manager = world.three_signers()
    world.route(*world.THREE)
    return world
