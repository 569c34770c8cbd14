"""Every write to a request. Each takes the request's row first, checks again inside, and leaves trail and audit with it."""

from __future__ import annotations

from approvals.requests.actions.deciding import decide
from approvals.requests.actions.sharing import remind
from approvals.requests.actions.submitting import resubmit, submit, withdraw

__all__ = ["decide", "remind", "resubmit", "submit", "withdraw"]
