"""Rows changed at the database itself, by somebody with its owner's rights, whom nothing holds: for tests of what tells it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def tampering() -> Iterator[None]:
    """Within the block no trigger of `branch.held` or `branch.append_only` fires."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            yield
            cursor.execute("SET LOCAL session_replication_role = origin")
            return
        held = "name LIKE 'held_%' OR name LIKE 'append_only_%'"
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND ({held})")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _, made in triggers:
            cursor.execute(made)
