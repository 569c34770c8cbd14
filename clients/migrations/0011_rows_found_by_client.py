"""A month's row is found by its client, or among its branch's: no index over all the ids, which every import had to fill."""

from django.db import migrations, models


def drop_key(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE clients_clientmonth DROP CONSTRAINT clients_clientmonth_pkey")


def make_key(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE clients_clientmonth ADD CONSTRAINT clients_clientmonth_pkey PRIMARY KEY (id, month)")


class Migration(migrations.Migration):
    dependencies = [
        ("clients", "0010_rows_with_a_mark"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="clientmonth",
            index=models.Index(fields=["id"], name="client_month_resolved", condition=models.Q(("resolution", ""), _negated=True)),
        ),
        migrations.RunPython(drop_key, make_key),
    ]
