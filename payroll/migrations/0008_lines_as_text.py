"""A slip's lines are read whole or not at all: as text they are written in half the time.

PostgreSQL rewrites the table of slips once, some ten seconds for 100,000 of them; nobody may read pay meanwhile.
"""

from __future__ import annotations

from typing import Any

from django.db import DatabaseError, migrations, transaction

import branch.fields


def use_lz4(apps: Any, schema_editor: Any) -> None:
    """The new type forgets how the old one was packed (0003)."""
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with transaction.atomic(using=schema_editor.connection.alias):
            schema_editor.execute('ALTER TABLE payroll_payslip ALTER COLUMN "lines" SET COMPRESSION lz4')
    except DatabaseError:
        return


class Migration(migrations.Migration):
    dependencies = [("payroll", "0007_adjustments_append_only")]

    operations = [
        migrations.AlterField("payslip", "lines", branch.fields.JSONTextField(verbose_name="各行说明")),
        migrations.RunPython(use_lz4, migrations.RunPython.noop, elidable=False),
    ]
