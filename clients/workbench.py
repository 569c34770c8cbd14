"""What the clients' rooms put on the workbench and in the menu."""

from __future__ import annotations


def sign_in() -> None:
    """Called once, when the app is ready."""
