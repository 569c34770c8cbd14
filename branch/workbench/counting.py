"""Many counts in one statement: a workbench asks a dozen rooms what waits, and the database is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Value

Waiting = int | QuerySet[Any] | tuple[QuerySet[Any], ...]
"""How many wait: a number that is known, or the rows to be counted (several sets are added up)."""


def counted(waiting: Sequence[Waiting]) -> list[int]:
    """The numbers, in the same order; every row set is counted in one statement."""
    numbers = [one if isinstance(one, int) else 0 for one in waiting]
    parts = [_part(slot, rows) for slot, one in enumerate(waiting) for rows in _sets(one)]
    if parts:
        for slot, count in parts[0].union(*parts[1:], all=True):
            numbers[slot] += count
    return numbers


def _sets(one: Waiting) -> tuple[QuerySet[Any], ...]:
    if isinstance(one, int):
        return ()
    return one if isinstance(one, tuple) else (one,)


def _part(slot: int, rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    if rows.query.distinct:  # counted as rows of the table, not of the join
        rows = rows.model._default_manager.filter(pk__in=rows.order_by().values("pk"))
    marked = rows.order_by().annotate(slot=Value(slot, IntegerField())).values("slot")
    return marked.annotate(waiting=Count("pk")).values_list("slot", "waiting")
