"""Rows that the database itself holds from a moment on: triggers on PostgreSQL and SQLite refuse what the code never does.

Use in a migration after the table exists, as `branch.append_only` is; this is for rows that are worked on first, and then signed.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import migrations

from branch.append_only import triggers

PREFIX = "held_"


def held(table: str, *, once: str, free: Sequence[str]) -> migrations.RunPython:
    """A row of `table` of which `once` is true (SQL; OLD is the row as it stands) can't be deleted, nor changed outside `free`
    (columns)."""
    return triggers(
        PREFIX,
        table,
        free,
        postgres=lambda fixed: _postgres(table, once, fixed),
        sqlite=lambda fixed: _sqlite(table, once, fixed),
    )


def _changed(fixed: Sequence[str], differs: str) -> str:
    return " OR ".join(f'NEW."{name}" {differs} OLD."{name}"' for name in fixed)


def _sqlite(table: str, once: str, fixed: Sequence[str]) -> list[str]:
    stop = f"BEGIN SELECT RAISE(ABORT, '{table} is held'); END"
    changed = f"({_changed(fixed, 'IS NOT')}) AND ({once})"
    return [
        f'CREATE TRIGGER {PREFIX}{table}_update BEFORE UPDATE ON "{table}" WHEN {changed} {stop}',
        f'CREATE TRIGGER {PREFIX}{table}_delete BEFORE DELETE ON "{table}" WHEN {once} {stop}',
    ]


def _postgres(table: str, once: str, fixed: Sequence[str]) -> list[str]:
    """The function asks: a trigger's own condition can't look into another table."""
    name, each = f"{PREFIX}{table}", f'ON "{table}" FOR EACH ROW'
    changed = _changed(fixed, "IS DISTINCT FROM")
    return [
        f"""CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN
              IF {once} THEN RAISE EXCEPTION '{table} is held'; END IF;
              IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
              RETURN NEW;
            END $$ LANGUAGE plpgsql""",
        f"CREATE TRIGGER {name}_update BEFORE UPDATE {each} WHEN ({changed}) EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_delete BEFORE DELETE {each} EXECUTE FUNCTION {name}()",
    ]
