"""What the targets show on the workbench and in the menu."""

from __future__ import annotations


def sign_in() -> None:
    """Called once when the application starts."""
