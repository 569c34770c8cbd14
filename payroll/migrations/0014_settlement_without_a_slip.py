import django.db.models.deletion
from django.db import migrations, models

from branch.append_only import append_only

HELD = append_only("payroll_outsidesettlement", fillable=("decided_at", "decided_by_id", "state", "returned"))


class Migration(migrations.Migration):
    """What is settled with somebody who never had a slip is of the adjustment alone. The triggers are lifted for the change."""

    dependencies = [("payroll", "0013_tax_of_outside_settlement")]

    operations = [
        migrations.RunPython(HELD.reverse_code, HELD.code),
        migrations.AlterField(
            "outsidesettlement",
            "slip",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="settlements",
                to="payroll.payslip",
                verbose_name="最后一份工资单",
            ),
        ),
        migrations.AddConstraint(
            "outsidesettlement",
            models.CheckConstraint(
                condition=models.Q(("slip__isnull", False), ("kind", "adjustment"), _connector="OR"), name="settlement_of_a_slip"
            ),
        ),
        append_only("payroll_outsidesettlement", fillable=("decided_at", "decided_by_id", "state", "returned")),
    ]
