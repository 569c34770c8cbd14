"""What the targets show on the workbench and in the menu, and how they hear of changed figures."""

from __future__ import annotations

from clients.registry.register import add_month_guard
from teams.plans.targets.actions.progress import mark_stale


def sign_in() -> None:
    """Called once when the application starts."""
    add_month_guard(mark_stale)
