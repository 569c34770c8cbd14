"""The models of every room, where Django looks for them."""

from __future__ import annotations

from approvals.desk.models import Attachment, Comment, Phrase
from approvals.requests.models import CopyTo, Decision, Request, Seat, Stage, TrailEvent, Voice
from approvals.routes.models import Delegation, Route

__all__ = [
    "Attachment",
    "Comment",
    "CopyTo",
    "Decision",
    "Delegation",
    "Phrase",
    "Request",
    "Route",
    "Seat",
    "Stage",
    "TrailEvent",
    "Voice",
]
