from django.db import migrations

MAKE = "CREATE INDEX client_name_chars ON clients_client USING gin (string_to_array(name, NULL))"
DROP = "DROP INDEX client_name_chars"


def on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    """An index of the characters of clients' names, for searching by part of one. SQLite holds one branch and needs none."""

    dependencies = [("clients", "0001_first_close")]
    operations = [migrations.RunPython(on_postgresql(MAKE), on_postgresql(DROP))]
