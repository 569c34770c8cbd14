"""A month holds many branches, also while the first ones come in: a plan made then is kept, and would read the whole month later."""

from __future__ import annotations

from django.db import migrations

PARTITION = """
CREATE OR REPLACE FUNCTION clients_month_partition(wanted integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $made$
DECLARE part text := 'clients_clientmonth_' || wanted;
BEGIN
  IF wanted NOT BETWEEN 190001 AND 299912 THEN
    RAISE EXCEPTION 'no month: %', wanted;
  END IF;
  IF to_regclass(part) IS NOT NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(hashtext('clients_month_partition'));
  IF to_regclass(part) IS NOT NULL OR EXISTS (SELECT 1 FROM clients_clientmonth_rest WHERE month = wanted) THEN
    RETURN false;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE clients_clientmonth INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES, '
                 'CHECK (month = %s))', part, wanted);
  EXECUTE format('ALTER TABLE clients_clientmonth ATTACH PARTITION %I FOR VALUES IN (%s)', part, wanted);
  EXECUTE format('ALTER TABLE %I ALTER COLUMN branch_id SET (n_distinct = 300)', part);
  RETURN true;
END
$made$
"""


def tell(apps, schema_editor):
    """To the function that makes a month, and to those that are there; the server heeds it when it counts them next."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(PARTITION)
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'clients_clientmonth'::regclass")
        for (part,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {part} ALTER COLUMN branch_id SET (n_distinct = 300)")


class Migration(migrations.Migration):
    dependencies = [("clients", "0014_products_by_two_persons")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
