"""Many rows at once: the quickest way in that the database has, and sums that are exact on both."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import chain
from typing import Any

from django.db import connection, models
from django.db.models import Sum

from branch.prepared import ask, planned_under
from kernel.heavy import polars as pl

CENTS = 100
_NULL = "\x01"
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}  # what would end a cell or a line in COPY's text


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert plain value rows into the model's table: COPY on PostgreSQL, one prepared statement elsewhere."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    names = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(rows))  # noqa: S608


@cache
def table(model: type[models.Model]) -> str:
    """The model's table, quoted for a statement of one's own."""
    return connection.ops.quote_name(model._meta.db_table)


LARGE = 50_000  # rows from which a join is better done by hashing both sides than by looking each row up
# merging is off as well: two sets in the order of their managers were merged by the manager alone: his clients squared
_NO_LOOK_UPS = (("enable_nestloop", "off"), ("enable_mergejoin", "off"), ("work_mem", "64MB"))
# so many rows are worth a plan of their own: one for any values would think them a usual branch's
_HASHING = (*_NO_LOOK_UPS, ("plan_cache_mode", "force_custom_plan"))
# a branch's few thousand rows lie side by side: read page by page, not one by one in the order of an index, nor with all that
# others have added since the plan was made, and grouped as they come, not sorted first
_PAGE_BY_PAGE = (*_NO_LOOK_UPS, ("enable_indexscan", "off"), ("enable_seqscan", "off"), ("enable_sort", "off"))
_hashing: ContextVar[bool] = ContextVar("hashing", default=False)
FEW_ENOUGH = 300  # … where both sides are one branch's and nothing larger would be read


@contextmanager
def by_hashing(*, rows: int = LARGE, least: int = LARGE) -> Iterator[None]:
    """Statements over many rows at once: PostgreSQL is not to look rows up one by one, whatever its statistics say of a table
    that was filled a moment ago. Within a transaction; nothing happens for fewer than `least` `rows`. Where both sides of a join
    are one branch's, FEW_ENOUGH does: nothing larger is read for it. One within another changes nothing."""
    if connection.vendor != "postgresql" or rows < least or _hashing.get():
        yield
        return
    settings = _HASHING if rows >= LARGE else _PAGE_BY_PAGE
    changes = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    ask(f"SELECT {changes}", [*chain(*settings)])
    token = _hashing.set(True)
    try:
        with planned_under("hashing" if settings is _HASHING else "page by page"):
            yield
    finally:
        _hashing.reset(token)
    ask(f"SELECT {changes}", [*chain(*((name, None) for name, _ in settings))])  # as the session has them


def none_of(query: str, *, rows: int) -> str:
    """A condition of an SQL statement over `rows` rows: `query` (SELECT 1 … WHERE …, correlated) finds nothing. Many are hashed;
    of fewer each is looked up by its key, whatever the planner thinks of a table that was filled a moment ago."""
    return f"NOT EXISTS ({query})" if rows >= LARGE else f"({query} LIMIT 1) IS NULL"


def cents(amount: int) -> Decimal:
    """Whole 分 as yuan with two places."""
    return Decimal(amount).scaleb(-2)


@contextmanager
def frames_into(into: str, columns: Sequence[str], *, money: Sequence[str] = ()) -> Iterator[FrameWriter]:
    """A function that puts frames into a table; `money` columns hold whole 分.

    On PostgreSQL it is one COPY, open until the block ends: the server takes rows in while the next are read. A query on the same
    connection in between would hang.
    """
    quote = connection.ops.quote_name
    names = ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            statement = f"COPY {into} ({names}) FROM STDIN (NULL E'\\x01')"
            with cursor.copy(statement) as copy, _meanwhile(lambda frame: copy.write(_lines(frame, columns, money))) as send:
                yield send
        else:
            marks = ", ".join(["%s"] * len(columns))
            insert = f"INSERT INTO {into} ({names}) VALUES ({marks})"  # noqa: S608
            yield lambda frame: cursor.executemany(insert, _plain(frame.select(columns), money))


FrameWriter = Callable[["pl.DataFrame"], object]


@contextmanager
def _meanwhile(work: FrameWriter) -> Iterator[FrameWriter]:
    """`work` in a thread beside the caller, frame after frame: while one is sent the next is read, and no more than these two are
    held. Its error is raised at the next frame, or at the end of the block."""
    under_way: list[Future[object]] = []

    def send(frame: pl.DataFrame) -> None:
        while under_way:
            under_way.pop().result()
        under_way.append(beside.submit(work, frame))

    with ThreadPoolExecutor(max_workers=1) as beside:
        yield send
        while under_way:
            under_way.pop().result()


def _lines(frame: pl.DataFrame, columns: Sequence[str], money: Sequence[str]) -> bytes:
    """In COPY's own text format: to take a CSV apart costs the server a fifth more. Yuan with two places, NULL as a sign that no
    cell can hold."""
    shown = frame.select(_yuan(pl.col(key)).alias(key) if key in money else key for key in columns)
    lines = _joined(shown)
    marks = b"\\" in lines or b"\r" in lines or lines.count(b"\t") > shown.height * (shown.width - 1)
    if marks or lines.count(b"\n") > shown.height:
        lines = _joined(shown.with_columns(pl.col(pl.String).str.replace_many(_ESCAPED)))
    return lines


def _joined(frame: pl.DataFrame) -> bytes:
    text = BytesIO()
    frame.write_csv(text, include_header=False, separator="\t", null_value=_NULL, quote_style="never")
    return text.getvalue()


def _yuan(amount: pl.Expr) -> pl.Expr:
    """Whole 分 are what a decimal with two places holds inside: nothing is divided."""
    return amount.cast(pl.Int128).reinterpret(dtype=pl.Decimal(38, 2))


def _plain(frame: pl.DataFrame, money: Sequence[str]) -> list[tuple[Any, ...]]:
    """As SQLite keeps it: amounts as the same text that a Decimal gives, days in ISO form."""
    at = {frame.columns.index(key) for key in money}
    days = {index for index, kind in enumerate(frame.dtypes) if kind == pl.Date}
    return [
        tuple(
            str(cents(value)) if index in at else value.isoformat() if index in days else value for index, value in enumerate(row)
        )
        for row in frame.iter_rows()
    ]


class ExactSum(Sum):
    """SUM of a money column without a float in between: SQLite keeps decimals as floats, so it adds up whole 分 there."""

    def as_sqlite(self, compiler: Any, connection: Any, **_: Any) -> Any:
        whole = self.copy()
        whole.template = "%(function)s(CAST(ROUND((%(expressions)s) * 100) AS INTEGER))"
        return whole.as_sql(compiler, connection)

    @property
    def convert_value(self) -> Callable[..., Any]:
        def convert(value: Any, _expression: Any, connection: Any) -> Any:
            if value is None or connection.vendor != "sqlite":
                return value
            return (Decimal(value) / CENTS).quantize(Decimal("0.01"))

        return convert


def exact(path: str, **kwargs: Any) -> ExactSum:
    """Σ of a money column, NULL when there are no rows (use `or ZERO`)."""
    return ExactSum(path, output_field=models.DecimalField(max_digits=20, decimal_places=2), **kwargs)


__all__ = ["FEW_ENOUGH", "LARGE", "FrameWriter", "by_hashing", "cents", "exact", "frames_into", "insert_rows", "none_of", "table"]
