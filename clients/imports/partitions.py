"""A month of its own for each month's client rows, on PostgreSQL. Elsewhere there is nothing to do."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from branch.prepared import ask
from kernel.months import Month


def ensure_partition(month: Month) -> None:
    """Make the month's partition unless it is there. Of two at once, one makes it and the other waits for that commit.

    It locks the whole table until the commit: a transaction asks for it before it has read client months or locked anything of
    the month, or two of them would wait for each other.
    """
    if connection.vendor == "postgresql":
        ask("SELECT clients_month_partition(%s)", [month.number])


def prepare_months() -> None:
    """Beat: last month's, this and the next one's partitions stand before anybody brings a file: no import has to lock."""
    month = Month.of(timezone.localdate())
    for one in (month.previous, month, month.next):
        ensure_partition(one)
