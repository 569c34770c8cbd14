from django.db import migrations, models

from branch.append_only import append_only

HELD = append_only("payroll_outsidesettlement", fillable=("decided_at", "decided_by_id", "state", "returned"))


class Migration(migrations.Migration):
    """What was withheld of a payment past the pay run: it enters the year's tax. Rows of before have none and stay out.

    The triggers are lifted for the change: SQLite writes the table anew and would lose them without a word.
    """

    dependencies = [("payroll", "0012_outside_settlement")]

    operations = [
        migrations.RunPython(HELD.reverse_code, HELD.code),
        migrations.AddField(
            "outsidesettlement",
            "tax",
            models.DecimalField(blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="代扣个税"),
        ),
        migrations.AddConstraint(
            "outsidesettlement",
            models.CheckConstraint(
                condition=models.Q(("tax", None), ("tax__gte", 0), _connector="OR"), name="settlement_tax_not_negative"
            ),
        ),
        append_only("payroll_outsidesettlement", fillable=("decided_at", "decided_by_id", "state", "returned")),
    ]
