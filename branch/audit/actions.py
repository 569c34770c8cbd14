"""Writing the log. `record` joins the caller's transaction; `seal_rows` chains what has been committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from django.db import models, transaction

from branch.audit.models import AuditHead, AuditRow
from branch.audit.rules import link_hash
from branch.audit.witness import bear_witness
from branch.prepared import insert
from kernel.digests import plain

_source: ContextVar[str] = ContextVar("audit_source", default="system")


class Actor(Protocol):
    """A person, as far as the log needs one."""

    pk: Any
    name: str
    staff_no: str


@contextmanager
def source(name: str) -> Iterator[None]:
    """Marks where acts come from while the block runs: page, api, command, task."""
    token = _source.set(name)
    try:
        yield
    finally:
        _source.reset(token)


def record(
    *, by: Actor | None, act: str, subject: models.Model | None, summary: str, branch_code: str = "", **details: Any
) -> AuditRow:
    """Write one row. `summary` is a Chinese sentence; `details` are plain values (old, new, counts). Neither has personal numbers

    or anybody's pay: who reads the log may not see those.
    """
    row = AuditRow(
        actor_id=by.pk if by else None,
        actor_name=f"{by.name}({by.staff_no})" if by else "系统",
        act=act,
        subject_type=subject._meta.label if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        branch_code=branch_code,
        summary=summary[:400],
        details=plain(details),
        source=_source.get(),
    )
    return insert(row)


def seal_rows(limit: int = 5000) -> int:
    """Chain the committed rows that are not yet chained, oldest first, and tell the witness. Returns how many."""
    count, head = _seal(limit)
    if count:
        bear_witness(head.sequence, head.hash)
    return count


@transaction.atomic
def _seal(limit: int) -> tuple[int, AuditHead]:
    """One sealer at a time."""
    head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
    rows = list(AuditRow.objects.filter(sequence=None).order_by("id")[:limit])
    for row in rows:
        head.sequence += 1
        row.sequence, row.previous_hash = head.sequence, head.hash
        row.hash = head.hash = link_hash(row)
    AuditRow.objects.bulk_update(rows, ["sequence", "previous_hash", "hash"])
    head.save()
    return len(rows), head
