from django.db import migrations

from branch.append_only import append_only


class Migration(migrations.Migration):
    """Decisions and trail events are written once."""

    dependencies = [("approvals", "0001_first_close"), ("branch", "0001_first_close")]

    operations = [append_only("approvals_decision"), append_only("approvals_trailevent")]
