"""Many counts in one statement: a workbench asks a dozen rooms what waits, and the database is asked once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, IntegerField, QuerySet, Value

Waiting = int | QuerySet[Any] | tuple[QuerySet[Any], ...]
"""How many wait: a number that is known, or the rows to be counted (several sets are added up)."""


MOST_SHOWN = 99
"""A menu counts no further: whoever has hundreds waiting is not helped by how many hundreds."""


def in_short(number: int) -> int | str:
    """The number as a menu shows it."""
    return f"{MOST_SHOWN}+" if number > MOST_SHOWN else number


def counted(waiting: Sequence[Waiting], *, most: int | None = None) -> list[int]:
    """The numbers, in the same order; every row set is counted in one statement, and no further than to one above `most`."""
    numbers = [one if isinstance(one, int) else 0 for one in waiting]
    parts = [_part(slot, rows, most) for slot, one in enumerate(waiting) for rows in _sets(one)]
    if parts:
        for slot, count in parts[0].union(*parts[1:], all=True):
            numbers[slot] += count
    return numbers


def _sets(one: Waiting) -> tuple[QuerySet[Any], ...]:
    if isinstance(one, int):
        return ()
    return one if isinstance(one, tuple) else (one,)


def _part(slot: int, rows: QuerySet[Any], most: int | None) -> QuerySet[Any, Any]:
    if rows.query.distinct or most is not None:  # counted as rows of the table, not of the join
        found = rows.order_by().values("pk")
        rows = rows.model._default_manager.filter(pk__in=found if most is None else found[: most + 1])
    marked = rows.order_by().annotate(slot=Value(slot, IntegerField())).values("slot")
    return marked.annotate(waiting=Count("pk")).values_list("slot", "waiting")
