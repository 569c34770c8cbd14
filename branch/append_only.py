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
    return migrations.RunPython(_installer(table, tuple(fillable)), _remover(table))


def _installer(table: str, fillable: tuple[str, ...]) -> Callable[[Any, BaseDatabaseSchemaEditor], None]:
    def install(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        with editor.connection.cursor() as cursor:
            fixed = [column.name for column in editor.connection.introspection.get_table_description(cursor, table)]
        fixed = [name for name in fixed if name not in fillable]
        make = _postgres if editor.connection.vendor == "postgresql" else _sqlite
        for statement in make(table, fixed, fillable):
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
