"""The way into the staging table: one stream for a whole file on PostgreSQL, statement by statement elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from clients.bulk import frames_into, table
from clients.imports.known import BOOKED_COLUMNS
from clients.imports.models import StagedRow
from clients.imports.sheets import MONEY_COLUMNS
from kernel.heavy import polars as pl
from kernel.sheets.frames import ROW

CLIENT_STAGED = (
    *("client_no", "client_name", "client_kind", "fund_account", "manager_id", "exception"),
    *BOOKED_COLUMNS,
)
COLUMNS = ("batch_id", "source_row", "change", "marks", *CLIENT_STAGED)
_MONEY = [key for _, key in MONEY_COLUMNS]


@contextmanager
def staged_rows(batch_id: int, *, change: str, marks: int) -> Iterator[Callable[[pl.DataFrame], None]]:
    """A function that stages a frame. Nothing else may be asked of the database before the block ends: the stream is open."""
    constant = [pl.lit(batch_id).alias("batch_id"), pl.col(ROW).alias("source_row")]
    constant += [pl.lit(change).alias("change"), pl.lit(marks).alias("marks")]
    with frames_into(table(StagedRow), COLUMNS, money=_MONEY) as write:

        def stage(frame: pl.DataFrame) -> None:
            write(frame.select(*constant, *CLIENT_STAGED))

        yield stage


__all__ = ["CLIENT_STAGED", "staged_rows"]
