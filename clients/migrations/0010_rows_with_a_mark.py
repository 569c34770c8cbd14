"""Of a staged month few rows carry a mark: these are found without reading the others."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("branch", "0007_team_begun_on"),
        ("clients", "0009_one_open_relation_again"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="stagedrow",
            index=models.Index(
                fields=["batch", "source_row"], name="staged_marked", condition=models.Q(("marks", 0), _negated=True)
            ),
        ),
    ]
