"""Decisions and trail events are written once: the database refuses to change or delete them, on both engines."""

from __future__ import annotations

from django.db import migrations

TABLES = ("approvals_decision", "approvals_trailevent")

SQLITE = """
CREATE TRIGGER {table}_append_only_{act} BEFORE {act} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION approvals_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$
"""
POSTGRES = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION approvals_append_only()
"""


def hold(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION, params=None)
        for table in TABLES:
            schema_editor.execute(POSTGRES.format(table=table), params=None)
    else:
        for table in TABLES:
            for act in ("UPDATE", "DELETE"):
                schema_editor.execute(SQLITE.format(table=table, act=act), params=None)


def release(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table in TABLES:
            schema_editor.execute(f"DROP TRIGGER {table}_append_only ON {table}", params=None)
        schema_editor.execute("DROP FUNCTION approvals_append_only()", params=None)
    else:
        for table in TABLES:
            for act in ("UPDATE", "DELETE"):
                schema_editor.execute(f"DROP TRIGGER {table}_append_only_{act}", params=None)


class Migration(migrations.Migration):
    dependencies = [("approvals", "0001_first_close")]
    operations = [migrations.RunPython(hold, release)]
