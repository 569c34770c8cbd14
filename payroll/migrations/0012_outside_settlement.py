import django.db.models.deletion
from django.db import migrations, models

from branch.append_only import append_only


class Migration(migrations.Migration):
    """What was settled with leavers outside the pay run: decided once, then never changed."""

    dependencies = [
        ('branch', '0007_team_begun_on'),
        ('payroll', '0011_differences_by_item'),
    ]

    operations = [
        migrations.CreateModel(
            name='OutsideSettlement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('adjustment', '补发补扣'), ('arrear', '待扣余额'), ('lots', '递延未发')], max_length=10, verbose_name='类别')),
                ('key', models.CharField(max_length=60, verbose_name='项目')),
                ('label', models.CharField(max_length=200, verbose_name='项目说明')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='金额')),
                ('day', models.DateField(verbose_name='结清日期')),
                ('how', models.CharField(choices=[('transfer', '转账'), ('cash', '现金'), ('waived', '放弃')], max_length=10, verbose_name='方式')),
                ('reason', models.CharField(max_length=200, verbose_name='说明')),
                ('voucher', models.CharField(blank=True, max_length=60, verbose_name='凭证号')),
                ('state', models.CharField(choices=[('proposed', '待确认'), ('confirmed', '已确认'), ('rejected', '未采纳')], default='proposed', max_length=10, verbose_name='状态')),
                ('proposed_at', models.DateTimeField(auto_now_add=True, verbose_name='登记时间')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='处理时间')),
                ('returned', models.CharField(blank=True, max_length=200, verbose_name='退回原因')),
                ('adjustment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='payroll.payadjustment', verbose_name='补发补扣')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.branch', verbose_name='营业部')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='处理人')),
                ('evidence', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.storedfile', verbose_name='依据文件')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='人员')),
                ('proposed_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='登记人')),
                ('slip', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='settlements', to='payroll.payslip', verbose_name='最后一份工资单')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('person', 'key'), name='settlement_one_pending'), models.CheckConstraint(condition=models.Q(('amount', 0), _negated=True), name='settlement_of_something'), models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='settlement_has_reason'), models.CheckConstraint(condition=models.Q(models.Q(('voucher', ''), _negated=True), ('evidence__isnull', False), _connector='OR'), name='settlement_has_evidence'), models.CheckConstraint(condition=models.Q(models.Q(('adjustment__isnull', False), ('kind', 'adjustment')), models.Q(('adjustment', None), ('amount__gt', 0), ('kind', 'lots')), models.Q(('adjustment', None), ('amount__lt', 0), ('kind', 'arrear')), _connector='OR'), name='settlement_names_its_item'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', None), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='settlement_decided_by_someone'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'confirmed'), _negated=True), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='settlement_two_persons')],
            },
        ),
        append_only('payroll_outsidesettlement', fillable=('decided_at', 'decided_by_id', 'state', 'returned')),
    ]
