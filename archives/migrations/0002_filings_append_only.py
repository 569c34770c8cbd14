from django.db import migrations, models

from branch.append_only import append_only


class Migration(migrations.Migration):
    """What was handed in never changes, and is received once: number, receiver, time and place come together."""

    dependencies = [("archives", "0001_first_close")]

    operations = [
        migrations.RemoveConstraint("filing", "filing_number_on_receipt"),
        migrations.AddConstraint(
            "filing",
            models.CheckConstraint(
                condition=models.Q(state="waiting", serial_no="", received_by=None, received_at=None, location="")
                | (models.Q(state="filed", received_by__isnull=False, received_at__isnull=False) & ~models.Q(serial_no="")),
                name="filing_number_on_receipt",
            ),
        ),
        append_only("archives_filing", fillable=("received_at", "received_by_id", "state", "serial_no", "location")),
    ]
