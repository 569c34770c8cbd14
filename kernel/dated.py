"""Look-ups in dated rows: which value is in force on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Protocol, TypeVar

from kernel.refusals import Missing


class Dated(Protocol):
    """A row in force from `effective_from` to `effective_to`, both included; an open end is None."""

    @property
    def effective_from(self) -> date: ...
    @property
    def effective_to(self) -> date | None: ...


Row = TypeVar("Row", bound=Dated)


def in_force(row: Dated, day: date) -> bool:
    return row.effective_from <= day and (row.effective_to is None or day <= row.effective_to)


def find(rows: Iterable[Row], day: date) -> Row | None:
    """The row in force on `day`; of several the one that began last."""
    return max((row for row in rows if in_force(row, day)), key=lambda row: row.effective_from, default=None)


def on(rows: Iterable[Row], day: date, what: str) -> Row:
    """Like `find`, but a day without a row is refused by name. `what` is Chinese, for the sentence."""
    found = find(rows, day)
    if found is None:
        raise Missing(f"{what}在 {day:%Y-%m-%d} 没有生效的数值,请先在参数中补录并由第二人确认", code="missing_value")
    return found


def overlaps(first: Dated, second: Dated) -> bool:
    """Whether the two are ever in force on the same day."""
    return (second.effective_to is None or first.effective_from <= second.effective_to) and (
        first.effective_to is None or second.effective_from <= first.effective_to
    )
