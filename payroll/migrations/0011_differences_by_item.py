import django.db.models.deletion
from django.db import migrations, models

from branch.append_only import append_only

HELD = append_only("payroll_payadjustment")


class Migration(migrations.Migration):
    """补发补扣 say by item what belongs where, and may be of somebody who had no slip in the month.

    Their triggers are lifted for the change: SQLite writes the table anew and would lose them without a word.
    """

    dependencies = [("payroll", "0010_papers_typed_before")]

    operations = [
        migrations.RunPython(HELD.reverse_code, HELD.code),
        migrations.AddField("payadjustment", "parts", models.JSONField(blank=True, default=dict, verbose_name="分项差额")),
        migrations.AlterField(
            "payadjustment",
            "slip",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payroll.payslip",
                verbose_name="原工资单",
            ),
        ),
        append_only("payroll_payadjustment"),
        migrations.AlterField("correctionline", "old", models.CharField(blank=True, max_length=200, verbose_name="原")),
        migrations.AlterField("correctionline", "new", models.CharField(blank=True, max_length=200, verbose_name="应为")),
    ]
