"""Where the room signs the registers of those below."""

from __future__ import annotations

from approvals import kinds
from payroll.corrections.queries import history
from payroll.corrections.signing import PAY_REVERSAL
from payroll.runs.register import add_history


def sign_in() -> None:
    """Called once when the application starts."""
    kinds.register(PAY_REVERSAL)
    add_history(history)
