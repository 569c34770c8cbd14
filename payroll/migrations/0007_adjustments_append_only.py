from django.db import migrations

from branch.append_only import append_only


class Migration(migrations.Migration):
    """补发补扣 are written once: what was owed is settled by later slips, never by changing it."""

    dependencies = [("payroll", "0006_corrections"), ("branch", "0001_first_close")]

    operations = [append_only("payroll_payadjustment")]
