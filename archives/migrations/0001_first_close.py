import branch.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('branch', '0001_first_close'),
    ]

    operations = [
        migrations.CreateModel(
            name='Filing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('serial_no', models.CharField(blank=True, max_length=40, verbose_name='备案号')),
                ('kind', models.CharField(db_index=True, max_length=40, verbose_name='类别')),
                ('title', models.CharField(max_length=120, verbose_name='名称')),
                ('month', branch.fields.MonthField(blank=True, null=True, verbose_name='所属月份')),
                ('state', models.CharField(choices=[('waiting', '待接收'), ('filed', '已备案')], db_index=True, default='waiting', max_length=10, verbose_name='状态')),
                ('sha256', models.CharField(max_length=64, verbose_name='散列')),
                ('submitted_at', models.DateTimeField(auto_now_add=True, verbose_name='报送时间')),
                ('received_at', models.DateTimeField(blank=True, null=True, verbose_name='接收时间')),
                ('keep_until', models.DateField(verbose_name='保管至')),
                ('location', models.CharField(blank=True, max_length=80, verbose_name='存放位置')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filings', to='branch.branch', verbose_name='营业部')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.storedfile', verbose_name='文件')),
                ('received_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='接收人')),
                ('submitted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='报送人')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['branch', 'kind', 'month'], name='filing_of_month')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('serial_no', ''), _negated=True), fields=('serial_no',), name='filing_serial_once'), models.CheckConstraint(condition=models.Q(models.Q(('received_by', None), ('serial_no', ''), ('state', 'waiting')), models.Q(('received_by__isnull', False), ('state', 'filed'), models.Q(('serial_no', ''), _negated=True)), _connector='OR'), name='filing_number_on_receipt'), models.CheckConstraint(condition=models.Q(('received_by', None), models.Q(('received_by', models.F('submitted_by')), _negated=True), _connector='OR'), name='filing_two_persons')],
            },
        ),
    ]
