"""Rows that the database itself holds from a moment on: triggers on PostgreSQL and SQLite refuse what the code never does.

Use in a migration after the table exists, as `branch.append_only` is; this is for rows that are worked on first, and then signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PREFIX = "held_"


def held(table: str, *, once: str, free: Sequence[str]) -> migrations.RunPython:
    """A row of `table` of which `once` is true (SQL; OLD is the row as it stands) can't be deleted, nor changed outside `free`
    (columns)."""
    return migrations.RunPython(_installer(table, once, tuple(free)), _remover(table))


def _installer(table: str, once: str, free: tuple[str, ...]) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    def install(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        with editor.connection.cursor() as cursor:
            columns = [column.name for column in editor.connection.introspection.get_table_description(cursor, table)]
        fixed = [name for name in columns if name not in free]
        make = _postgres if editor.connection.vendor == "postgresql" else _sqlite
        for statement in make(table, once, fixed):
            editor.execute(statement, params=None)

    return install


def _remover(table: str) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    def remove(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP FUNCTION {PREFIX}{table}() CASCADE", params=None)
            return
        for act in ("update", "delete"):
            editor.execute(f"DROP TRIGGER {PREFIX}{table}_{act}", params=None)

    return remove


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
