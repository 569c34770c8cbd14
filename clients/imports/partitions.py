"""A month of its own for each month's client rows, on PostgreSQL. Elsewhere there is nothing to do."""

from __future__ import annotations

from django.db import connection

from kernel.months import Month


def ensure_partition(month: Month) -> None:
    """Make the month's partition unless it is there. Of two at once, one makes it and the other waits for that commit."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT clients_month_partition(%s)", [month.number])
