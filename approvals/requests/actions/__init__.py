"""Every write to a request. Each takes the request's row first, checks again inside, and leaves trail and audit with it."""

from __future__ import annotations

from approvals.requests.actions.chasing import chase_late
from approvals.requests.actions.deciding import decide
from approvals.requests.actions.delegating import delegate, end_delegation
from approvals.requests.actions.rerouting import follow_change, reroute, reroute_stranded
from approvals.requests.actions.seats import add_signer, drop_signer, transfer
from approvals.requests.actions.sharing import copy, mark_read, remind
from approvals.requests.actions.submitting import resubmit, submit, take_over, withdraw

__all__ = [
    "add_signer",
    "chase_late",
    "copy",
    "decide",
    "delegate",
    "drop_signer",
    "end_delegation",
    "follow_change",
    "mark_read",
    "remind",
    "reroute",
    "reroute_stranded",
    "resubmit",
    "submit",
    "take_over",
    "transfer",
    "withdraw",
]
