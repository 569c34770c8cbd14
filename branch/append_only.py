"""Tables that only grow, held so by the database itself: triggers on PostgreSQL and SQLite refuse what the code never does.

Use in a migration after the table exists: `operations = [append_only("branch_auditrow", fillable=("sequence", …))]`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

PREFIX = "append_only_"


def append_only(table: str, *, fillable: Sequence[str] = ()) -> migrations.RunPython:
    """Rows of `table` can't be deleted, nor changed, except that the `fillable` columns are filled once.

    The first of `fillable` is NULL until then; a row where it is set is final.
    """
    return triggers(
        PREFIX,
        table,
        tuple(fillable),
        postgres=lambda fixed: _postgres(table, fixed, fillable),
        sqlite=lambda fixed: _sqlite(table, fixed, fillable),
    )


Making = Callable[[Sequence[str]], list[str]]
"""The statements that make a table's triggers, of the columns that must stand."""


def triggers(prefix: str, table: str, free: Sequence[str], *, postgres: Making, sqlite: Making) -> migrations.RunPython:
    """Makes the table's triggers, and drops them by their names: `prefix`, the table, the act; the function of PostgreSQL bears
    the first two. `free`: columns that may change."""

    def install(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        with editor.connection.cursor() as cursor:
            columns = [column.name for column in editor.connection.introspection.get_table_description(cursor, table)]
        make = postgres if editor.connection.vendor == "postgresql" else sqlite
        for statement in make([name for name in columns if name not in free]):
            editor.execute(statement, params=None)

    def remove(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP FUNCTION {prefix}{table}() CASCADE", params=None)
            return
        for act in ("update", "delete"):
            editor.execute(f"DROP TRIGGER {prefix}{table}_{act}", params=None)

    return migrations.RunPython(install, remove)


def _refused(fixed: Sequence[str], fillable: Sequence[str], differs: str) -> str:
    """The condition under which an update is refused."""
    if not fillable:
        return "1 = 1"
    changed = " OR ".join(f'NEW."{name}" {differs} OLD."{name}"' for name in fixed)
    return f'OLD."{fillable[0]}" IS NOT NULL OR {changed}'


def _sqlite(table: str, fixed: Sequence[str], fillable: Sequence[str]) -> list[str]:
    stop = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return [
        f'CREATE TRIGGER {PREFIX}{table}_update BEFORE UPDATE ON "{table}" WHEN {_refused(fixed, fillable, "IS NOT")} {stop}',
        f'CREATE TRIGGER {PREFIX}{table}_delete BEFORE DELETE ON "{table}" {stop}',
    ]


def _postgres(table: str, fixed: Sequence[str], fillable: Sequence[str]) -> list[str]:
    name = f"{PREFIX}{table}"
    stop = (
        f"CREATE FUNCTION {name}() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$ LANGUAGE plpgsql"
    )
    each = f'ON "{table}" FOR EACH ROW'
    return [
        stop,
        f"CREATE TRIGGER {name}_update BEFORE UPDATE {each} "
        f"WHEN ({_refused(fixed, fillable, 'IS DISTINCT FROM')}) EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {name}_delete BEFORE DELETE {each} EXECUTE FUNCTION {name}()",
        f'CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION {name}()',
    ]
