from django.db import migrations

from branch.append_only import append_only


class Migration(migrations.Migration):
    """The audit log only grows; the sealer alone fills the chain's columns, once."""

    dependencies = [("branch", "0001_first_close")]

    operations = [append_only("branch_auditrow", fillable=("sequence", "previous_hash", "hash"))]
