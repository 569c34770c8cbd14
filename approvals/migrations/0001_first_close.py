import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('branch', '0001_first_close'),
    ]

    operations = [
        migrations.CreateModel(
            name='Route',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(db_index=True, max_length=40, verbose_name='类别')),
                ('name', models.CharField(max_length=80, verbose_name='名称')),
                ('version', models.PositiveIntegerField(default=1, verbose_name='版本')),
                ('effective_from', models.DateField(verbose_name='生效日')),
                ('effective_to', models.DateField(blank=True, null=True, verbose_name='失效日')),
                ('state', models.CharField(choices=[('draft', '草案'), ('active', '生效')], default='draft', max_length=10, verbose_name='状态')),
                ('stages', models.JSONField(default=list, verbose_name='环节')),
                ('copies', models.JSONField(blank=True, default=list, verbose_name='抄送')),
                ('same_person_twice', models.BooleanField(default=False, verbose_name='同一人可签多个环节')),
                ('basis', models.CharField(blank=True, max_length=200, verbose_name='依据')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.branch', verbose_name='适用营业部')),
            ],
            options={
                'ordering': ['kind', 'branch', '-version'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('branch', None)), fields=('kind', 'version'), name='route_version_company'), models.UniqueConstraint(fields=('kind', 'branch', 'version'), name='route_version_branch'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'active'])), name='route_state_known'), models.CheckConstraint(condition=models.Q(('effective_to', None), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='route_dates_in_order')],
            },
        ),
        migrations.CreateModel(
            name='Request',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20, unique=True, verbose_name='单号')),
                ('kind', models.CharField(db_index=True, max_length=40, verbose_name='类别')),
                ('title', models.CharField(max_length=120, verbose_name='标题')),
                ('route_snapshot', models.JSONField(verbose_name='流程快照')),
                ('state', models.CharField(choices=[('pending', '审批中'), ('returned', '已退回'), ('withdrawn', '已撤回'), ('rejected', '已驳回'), ('approved', '已通过')], default='pending', max_length=10, verbose_name='状态')),
                ('round', models.PositiveSmallIntegerField(default=1, verbose_name='轮次')),
                ('facts', models.JSONField(default=dict, verbose_name='要素')),
                ('content_digest', models.CharField(max_length=64, verbose_name='内容散列')),
                ('started_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='发起时间')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='办结时间')),
                ('applicant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='branch.person', verbose_name='发起人')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.branch', verbose_name='营业部')),
                ('route', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='approvals.route', verbose_name='流程')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['applicant', 'state'], name='request_by_applicant')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['pending', 'returned', 'withdrawn', 'rejected', 'approved'])), name='request_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at', None), ('state__in', ['pending', 'returned'])), models.Q(('ended_at__isnull', False), ('state__in', ['withdrawn', 'rejected', 'approved'])), _connector='OR'), name='request_ended_has_time'), models.CheckConstraint(condition=models.Q(('round__gte', 1)), name='request_round_from_one')],
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='轮次')),
                ('position', models.PositiveSmallIntegerField(verbose_name='顺序')),
                ('code', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=60, verbose_name='名称')),
                ('mode', models.CharField(choices=[('single', '单签'), ('all', '会签'), ('any', '或签'), ('in_turn', '依次签')], max_length=10, verbose_name='方式')),
                ('on_return', models.CharField(max_length=10)),
                ('state', models.CharField(choices=[('waiting', '未开始'), ('open', '进行中'), ('passed', '已通过'), ('returned', '已退回'), ('rejected', '已驳回'), ('skipped', '已跳过'), ('void', '已终止')], default='waiting', max_length=10, verbose_name='状态')),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stages', to='approvals.request')),
            ],
            options={
                'ordering': ['request', 'round', 'position'],
                'constraints': [models.UniqueConstraint(fields=('request', 'round', 'position'), name='stage_position_once'), models.UniqueConstraint(fields=('request', 'round', 'code'), name='stage_code_once'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('request',), name='stage_one_open'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'open', 'passed', 'returned', 'rejected', 'skipped', 'void'])), name='stage_state_known')],
            },
        ),
        migrations.CreateModel(
            name='TrailEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='轮次')),
                ('event', models.CharField(choices=[('submitted', '提交'), ('resubmitted', '再次提交'), ('stage_opened', '进入环节'), ('returned', '退回'), ('rejected', '驳回'), ('withdrawn', '撤回'), ('reminded', '催办'), ('approved', '办结')], max_length=20, verbose_name='事件')),
                ('text', models.CharField(blank=True, max_length=1000, verbose_name='说明')),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='时间')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='人员')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='trail', to='approvals.request')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['request', 'event'], name='trail_by_event')],
            },
        ),
        migrations.CreateModel(
            name='CopyTo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='抄送给')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='copies', to='approvals.request')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('request', 'person'), name='copy_once')],
            },
        ),
        migrations.CreateModel(
            name='Seat',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='轮次')),
                ('key', models.CharField(max_length=80)),
                ('position', models.PositiveSmallIntegerField(verbose_name='顺序')),
                ('label', models.CharField(max_length=60, verbose_name='席位')),
                ('role', models.CharField(blank=True, max_length=30, verbose_name='角色')),
                ('state', models.CharField(choices=[('waiting', '未轮到'), ('open', '待签署'), ('signed', '已签'), ('void', '无须签署')], default='waiting', max_length=10, verbose_name='状态')),
                ('opened_at', models.DateTimeField(blank=True, null=True)),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.branch', verbose_name='营业部')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.department', verbose_name='部门')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='人员')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='approvals.request')),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='seats', to='approvals.stage')),
            ],
            options={
                'ordering': ['stage', 'position'],
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['role', 'branch'], name='seat_open_role'), models.Index(condition=models.Q(('state', 'open')), fields=['person'], name='seat_open_person')],
                'constraints': [models.UniqueConstraint(fields=('request', 'round', 'stage', 'key'), name='seat_once'), models.CheckConstraint(condition=models.Q(('state__in', ['waiting', 'open', 'signed', 'void'])), name='seat_state_known'), models.CheckConstraint(condition=models.Q(models.Q(models.Q(('role', ''), _negated=True), ('department', None), ('person', None)), models.Q(('branch', None), ('department__isnull', False), ('person', None), ('role', '')), models.Q(('branch', None), ('department', None), ('person__isnull', False), ('role', '')), _connector='OR'), name='seat_one_holder')],
            },
        ),
        migrations.CreateModel(
            name='Decision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('round', models.PositiveSmallIntegerField(verbose_name='轮次')),
                ('act', models.CharField(choices=[('agree', '同意'), ('amend', '同意并修改意见'), ('return', '退回'), ('reject', '驳回')], max_length=10, verbose_name='决定')),
                ('opinion', models.CharField(blank=True, max_length=1000, verbose_name='意见')),
                ('seen_digest', models.CharField(max_length=64, verbose_name='所见内容散列')),
                ('reentered', models.BooleanField(default=False, verbose_name='签署时再次输入密码')),
                ('signature', models.CharField(max_length=64, verbose_name='签名散列')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='时间')),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='代谁')),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='branch.person', verbose_name='签署人')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='approvals.request')),
                ('seat', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='decisions', to='approvals.seat')),
            ],
            options={
                'ordering': ['id'],
                'indexes': [models.Index(fields=['signer', 'request'], name='decision_by_signer')],
                'constraints': [models.UniqueConstraint(fields=('seat',), name='decision_once_a_seat'), models.CheckConstraint(condition=models.Q(('act__in', ['agree', 'amend', 'return', 'reject'])), name='decision_act_known'), models.CheckConstraint(condition=models.Q(('act', 'agree'), models.Q(('opinion', ''), _negated=True), _connector='OR'), name='decision_has_opinion')],
            },
        ),
    ]
