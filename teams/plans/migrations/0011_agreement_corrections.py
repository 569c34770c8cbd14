import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('branch', '0006_api_token'),
        ('plans', '0010_divisions'),
    ]

    operations = [
        migrations.CreateModel(
            name='AgreementCorrection',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.JSONField(verbose_name='更正前')),
                ('after', models.JSONField(verbose_name='更正后')),
                ('reason', models.CharField(max_length=200, verbose_name='更正原因')),
                ('state', models.CharField(choices=[('proposed', '待确认'), ('confirmed', '已确认'), ('declined', '未采纳')], default='proposed', max_length=10, verbose_name='状态')),
                ('proposed_at', models.DateTimeField(auto_now_add=True, verbose_name='提出时间')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='确认时间')),
                ('note', models.CharField(blank=True, max_length=200, verbose_name='未采纳的原因')),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='plans.cooperationagreement', verbose_name='合作方案')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='确认人')),
                ('file', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.storedfile', verbose_name='新协议文件')),
                ('former_file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.storedfile', verbose_name='原协议文件')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='提出人')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('agreement',), name='agreement_correction_waits_once'),
                    models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='agreement_corrected_by_two'),
                    models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='agreement_correction_confirmed'),
                    models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='agreement_correction_has_reason'),
                ],
            },
        ),
    ]
