from django.db import migrations

MAKE = "CREATE UNIQUE INDEX IF NOT EXISTS relation_one_open ON clients_relation (client_id) WHERE to_month IS NULL"


def on_postgresql(statement):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):
    """A client has one open relation, and PostgreSQL holds it again. When 0006 took the key's own index away, Django took every index of
    that one column with it, this one too. SQLite, whose tables are made anew, has kept it. Fails where a client has two: one is to be voided.
    """

    dependencies = [("clients", "0008_relations_read_from_their_index")]
    operations = [migrations.RunPython(on_postgresql(MAKE), migrations.RunPython.noop)]
