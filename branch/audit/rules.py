"""How the chain is reckoned."""

from __future__ import annotations

from branch.audit.models import AuditRow
from kernel.digests import digest

COVERED = (
    "id",
    "actor_id",
    "actor_name",
    "act",
    "subject_type",
    "subject_id",
    "branch_code",
    "summary",
    "details",
    "source",
    "sequence",
    "previous_hash",
)


def link_hash(row: AuditRow) -> str:
    """SHA-256 over everything the row says, its place and its predecessor's hash."""
    return digest({name: getattr(row, name) for name in COVERED} | {"at": row.at.timestamp().__repr__()})
