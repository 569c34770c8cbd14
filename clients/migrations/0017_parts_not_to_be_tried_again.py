from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0016_listed_products_change'),
    ]

    operations = [
        migrations.AddField(
            model_name='companypart',
            name='final',
            field=models.BooleanField(default=False, verbose_name='不能再试'),
        ),
    ]
