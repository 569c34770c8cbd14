"""Drawing numbers. Call it last before the commit: its row is locked until then, and a rollback gives the number back."""

from __future__ import annotations

from django.db import connection

from branch.prepared import ask
from branch.serials.models import SerialCounter

_TABLE = connection.ops.quote_name(SerialCounter._meta.db_table)


def draw(series: str, *, scope: str = "", period: str, count: int = 1) -> range:
    """The next `count` numbers of the run, as a range. Must be inside a transaction, or the lock would mean nothing."""
    if not connection.in_atomic_block:
        raise RuntimeError("a serial is drawn inside the transaction that uses it")
    if count < 1:
        raise ValueError("count must be at least 1")
    ((last,),) = ask(  # one statement: made where it isn't there, else its row is locked and moved on
        f"""INSERT INTO {_TABLE} AS c (series, scope, period, last) VALUES (%s, %s, %s, %s)
            ON CONFLICT (series, scope, period) DO UPDATE SET last = c.last + EXCLUDED.last RETURNING last""",  # noqa: S608
        [series, scope, period, count],
    )
    return range(last - count + 1, last + 1)


def pass_over(series: str, *, scope: str = "", period: str, number: int) -> None:
    """Never draw that number or one below it: it was given out before this program came. Inside a transaction, as `draw`."""
    SerialCounter.objects.bulk_create([SerialCounter(series=series, scope=scope, period=period)], ignore_conflicts=True)
    counter = SerialCounter.objects.select_for_update().get(series=series, scope=scope, period=period)
    if counter.last < number:
        counter.last = number
        counter.save(update_fields=["last"])
