import datetime
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Branch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('opened_on', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='设立日')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='撤销日')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='代码')),
                ('document_prefix', models.CharField(default='营', max_length=10, verbose_name='文号前缀')),
                ('groups_per_team', models.PositiveSmallIntegerField(default=3, verbose_name='每队小组数')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Company',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('opened_on', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='设立日')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='撤销日')),
                ('short_name', models.CharField(max_length=20, verbose_name='简称')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Department',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('opened_on', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='设立日')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='撤销日')),
                ('code', models.CharField(max_length=20, unique=True, verbose_name='代码')),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='SpecialDay',
            fields=[
                ('day', models.DateField(primary_key=True, serialize=False, verbose_name='日期')),
                ('kind', models.CharField(choices=[('statutory_holiday', '法定节假日'), ('public_holiday', '放假(调休)'), ('makeup_workday', '调休上班'), ('market_closure', '休市')], max_length=20, verbose_name='类型')),
                ('name', models.CharField(blank=True, max_length=40, verbose_name='节日')),
            ],
            options={
                'ordering': ['day'],
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sequence', models.BigIntegerField(default=0)),
                ('hash', models.CharField(default='0000000000000000000000000000000000000000000000000000000000000000', max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='audit_head_single')],
            },
        ),
        migrations.CreateModel(
            name='AuditRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, verbose_name='时间')),
                ('actor_id', models.BigIntegerField(db_index=True, null=True, verbose_name='操作人')),
                ('actor_name', models.CharField(max_length=60, verbose_name='操作人姓名')),
                ('act', models.CharField(db_index=True, max_length=60, verbose_name='动作')),
                ('subject_type', models.CharField(max_length=60, verbose_name='对象类型')),
                ('subject_id', models.CharField(max_length=60, verbose_name='对象编号')),
                ('branch_code', models.CharField(blank=True, db_index=True, max_length=20, verbose_name='营业部')),
                ('summary', models.CharField(max_length=400, verbose_name='摘要')),
                ('details', models.JSONField(default=dict, verbose_name='明细')),
                ('source', models.CharField(default='system', max_length=20, verbose_name='来源')),
                ('sequence', models.BigIntegerField(null=True, unique=True, verbose_name='链序号')),
                ('previous_hash', models.CharField(blank=True, max_length=64, verbose_name='前一散列')),
                ('hash', models.CharField(blank=True, max_length=64, verbose_name='散列')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['subject_type', 'subject_id'], name='audit_subject')],
            },
        ),
        migrations.CreateModel(
            name='SerialCounter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=40)),
                ('scope', models.CharField(blank=True, max_length=40)),
                ('period', models.CharField(max_length=10)),
                ('last', models.PositiveIntegerField(default=0)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('series', 'scope', 'period'), name='serial_one_run')],
            },
        ),
        migrations.CreateModel(
            name='Outlet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('opened_on', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='设立日')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='撤销日')),
                ('opens_at', models.TimeField(default=datetime.time(9, 0), verbose_name='上班时间')),
                ('closes_at', models.TimeField(default=datetime.time(17, 30), verbose_name='下班时间')),
                ('open_on_weekends', models.BooleanField(default=False, verbose_name='周末营业')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='outlets', to='branch.branch', verbose_name='营业部')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('branch', 'name'), name='outlet_name_in_branch'), models.CheckConstraint(condition=models.Q(('closes_at__gt', models.F('opens_at'))), name='outlet_closes_after_opening')],
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('staff_no', models.CharField(max_length=20, unique=True, verbose_name='工号')),
                ('name', models.CharField(max_length=40, verbose_name='姓名')),
                ('initials', models.CharField(blank=True, db_index=True, max_length=40, verbose_name='拼音首字母')),
                ('sex', models.CharField(blank=True, max_length=2, verbose_name='性别')),
                ('id_number_sealed', models.TextField(blank=True, verbose_name='证件号码(密文)')),
                ('id_number_index', models.CharField(blank=True, db_index=True, max_length=64)),
                ('id_tail_index', models.CharField(blank=True, db_index=True, max_length=64)),
                ('phone_sealed', models.TextField(blank=True, verbose_name='手机号(密文)')),
                ('phone_index', models.CharField(blank=True, db_index=True, max_length=64)),
                ('bank_name', models.CharField(blank=True, max_length=60, verbose_name='开户行')),
                ('bank_account_sealed', models.TextField(blank=True, verbose_name='银行卡号(密文)')),
                ('registration_no', models.CharField(blank=True, max_length=20, verbose_name='从业登记编号')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='branch.department', verbose_name='总部部门')),
                ('user', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='person', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['staff_no'],
            },
        ),
        migrations.CreateModel(
            name='Team',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('opened_on', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='设立日')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='撤销日')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='teams', to='branch.branch', verbose_name='营业部')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('branch', 'name'), name='team_name_in_branch')],
            },
        ),
        migrations.CreateModel(
            name='Group',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, verbose_name='名称')),
                ('opened_on', models.DateField(default=datetime.date(2000, 1, 1), verbose_name='设立日')),
                ('closed_on', models.DateField(blank=True, null=True, verbose_name='撤销日')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='groups', to='branch.team', verbose_name='团队')),
            ],
            options={
                'ordering': ['id'],
                'constraints': [models.UniqueConstraint(fields=('team', 'name'), name='group_name_in_team')],
            },
        ),
        migrations.CreateModel(
            name='ParameterValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(db_index=True, max_length=60, verbose_name='代码')),
                ('name', models.CharField(max_length=120, verbose_name='名称')),
                ('unit', models.CharField(blank=True, max_length=20, verbose_name='单位')),
                ('value', models.JSONField(verbose_name='数值')),
                ('effective_from', models.DateField(verbose_name='生效日')),
                ('effective_to', models.DateField(blank=True, null=True, verbose_name='失效日')),
                ('source', models.CharField(max_length=300, verbose_name='依据')),
                ('confidence', models.CharField(blank=True, max_length=120, verbose_name='把握')),
                ('note', models.CharField(blank=True, max_length=400, verbose_name='说明')),
                ('paper_no', models.CharField(blank=True, max_length=60, verbose_name='文号')),
                ('state', models.CharField(choices=[('proposed', '待确认'), ('confirmed', '已生效'), ('rejected', '未采纳'), ('replaced', '已被取代')], default='proposed', max_length=10, verbose_name='状态')),
                ('proposed_at', models.DateTimeField(auto_now_add=True, verbose_name='提议时间')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='确认时间')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='确认人')),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='提议人')),
            ],
            options={
                'ordering': ['code', 'effective_from'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'confirmed')), fields=('code', 'effective_from'), name='parameter_one_a_day'), models.CheckConstraint(condition=models.Q(('effective_to', None), ('effective_to__gte', models.F('effective_from')), _connector='OR'), name='parameter_span_order'), models.CheckConstraint(condition=models.Q(('decided_by', None), ('proposed_by', None), models.Q(('decided_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='parameter_two_persons')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.CharField(max_length=300, verbose_name='内容')),
                ('link', models.CharField(blank=True, max_length=200, verbose_name='链接')),
                ('key', models.CharField(max_length=120)),
                ('at', models.DateTimeField(auto_now_add=True, verbose_name='时间')),
                ('read_at', models.DateTimeField(blank=True, null=True, verbose_name='已读时间')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='branch.person', verbose_name='收件人')),
            ],
            options={
                'ordering': ['-id'],
                'indexes': [models.Index(fields=['person', 'read_at'], name='notice_unread')],
                'constraints': [models.UniqueConstraint(fields=('person', 'key'), name='notice_once')],
            },
        ),
        migrations.CreateModel(
            name='Job',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(db_index=True, max_length=40, verbose_name='类别')),
                ('title', models.CharField(max_length=120, verbose_name='名称')),
                ('key', models.CharField(max_length=120)),
                ('params', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('queued', '排队中'), ('running', '进行中'), ('done', '已完成'), ('failed', '未完成'), ('cancelled', '已取消')], db_index=True, default='queued', max_length=10, verbose_name='状态')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='总数')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='完成')),
                ('step', models.CharField(blank=True, max_length=80, verbose_name='步骤')),
                ('attempts', models.PositiveSmallIntegerField(default=0, verbose_name='次数')),
                ('lease_token', models.CharField(blank=True, max_length=36)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('cancel_requested', models.BooleanField(default=False)),
                ('result', models.JSONField(default=dict)),
                ('error', models.CharField(blank=True, max_length=1000, verbose_name='原因')),
                ('link', models.CharField(blank=True, max_length=200)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='提交时间')),
                ('started_at', models.DateTimeField(blank=True, null=True, verbose_name='开始时间')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='结束时间')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.branch', verbose_name='营业部')),
                ('owner', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='jobs', to='branch.person', verbose_name='发起人')),
            ],
            options={
                'ordering': ['-id'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running'])), fields=('kind', 'key'), name='job_one_at_a_time')],
            },
        ),
        migrations.CreateModel(
            name='GradeHolding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('grade', models.CharField(max_length=20, verbose_name='职级')),
                ('effective_from', models.DateField(verbose_name='起')),
                ('effective_to', models.DateField(blank=True, null=True, verbose_name='止')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='grades', to='branch.person', verbose_name='人员')),
            ],
            options={
                'ordering': ['person__staff_no', 'effective_from'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('effective_to', None)), fields=('person',), name='grade_one_open'), models.UniqueConstraint(fields=('person', 'effective_from'), name='grade_one_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Engagement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('employee', '员工'), ('broker', '证券经纪人')], max_length=10, verbose_name='用工性质')),
                ('hired_on', models.DateField(verbose_name='入职日期')),
                ('ended_on', models.DateField(blank=True, null=True, verbose_name='离职日期')),
                ('contract_from', models.DateField(verbose_name='合同起')),
                ('contract_to', models.DateField(blank=True, null=True, verbose_name='合同止')),
                ('household', models.CharField(blank=True, max_length=10, verbose_name='户籍')),
                ('medical_tier', models.CharField(blank=True, max_length=10, verbose_name='医疗档')),
                ('insurance_base', models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True, verbose_name='社保基数')),
                ('housing_fund_rate', models.DecimalField(blank=True, decimal_places=4, max_digits=5, null=True, verbose_name='公积金比例')),
                ('additional_deductions', models.JSONField(blank=True, default=dict, verbose_name='专项附加(按项)')),
                ('additional_total', models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name='专项附加合计')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements', to='branch.branch', verbose_name='营业部')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='engagements', to='branch.person', verbose_name='人员')),
            ],
            options={
                'ordering': ['person__staff_no', 'hired_on'],
                'constraints': [models.UniqueConstraint(fields=('person', 'branch', 'hired_on'), name='engagement_once'), models.UniqueConstraint(condition=models.Q(('ended_on', None)), fields=('person',), name='engagement_one_open'), models.CheckConstraint(condition=models.Q(('contract_to', None), ('contract_to__gte', models.F('contract_from')), _connector='OR'), name='engagement_contract_order')],
            },
        ),
        migrations.CreateModel(
            name='StoredFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(db_index=True, max_length=64, verbose_name='散列')),
                ('name', models.CharField(max_length=200, verbose_name='文件名')),
                ('content_type', models.CharField(max_length=100, verbose_name='类型')),
                ('size', models.PositiveBigIntegerField(verbose_name='字节数')),
                ('path', models.CharField(max_length=120, unique=True)),
                ('stored_at', models.DateTimeField(auto_now_add=True, verbose_name='上传时间')),
                ('stored_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='branch.person', verbose_name='上传人')),
            ],
        ),
        migrations.CreateModel(
            name='RoleHolding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('client_manager', '客户经理'), ('group_leader', '小组长'), ('team_leader', '团队负责人'), ('trade_admin', '交易管理岗'), ('branch_finance', '营业部财务'), ('chief_accountant', '主办会计'), ('deputy_manager', '副经理'), ('branch_manager', '经理'), ('attendance_clerk', '考勤员'), ('asset_clerk', '实物管理员'), ('return_visitor', '回访人员'), ('brokerage_office', '经纪业务综合室'), ('channel_department', '渠道管理部'), ('finance_department', '财务部'), ('compliance', '合规部'), ('risk', '风险管理部'), ('legal', '法律部'), ('human_resources', '人力资源部'), ('executive', '公司领导'), ('administrator', '系统管理员')], max_length=30, verbose_name='角色')),
                ('effective_from', models.DateField(default=datetime.date.today, verbose_name='起')),
                ('effective_to', models.DateField(blank=True, null=True, verbose_name='止')),
                ('reason', models.CharField(blank=True, max_length=200, verbose_name='依据')),
                ('branch', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='branch.branch', verbose_name='营业部')),
                ('delegated_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='branch.person', verbose_name='委托人')),
                ('department', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='branch.department', verbose_name='部门')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='branch.group', verbose_name='小组')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='roles', to='branch.person', verbose_name='人员')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='branch.team', verbose_name='团队')),
            ],
            options={
                'ordering': ['person__staff_no', 'role'],
                'indexes': [models.Index(fields=['role', 'branch'], name='role_at_branch')],
            },
        ),
        migrations.CreateModel(
            name='Posting',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('post', models.CharField(max_length=20, verbose_name='岗位')),
                ('effective_from', models.DateField(verbose_name='起')),
                ('effective_to', models.DateField(blank=True, null=True, verbose_name='止')),
                ('branch', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='branch.branch', verbose_name='营业部')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='branch.group', verbose_name='小组')),
                ('outlet', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='branch.outlet', verbose_name='网点')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='branch.person', verbose_name='人员')),
                ('team', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='postings', to='branch.team', verbose_name='团队')),
            ],
            options={
                'ordering': ['person__staff_no', 'effective_from'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('effective_to', None)), fields=('person',), name='posting_one_open'), models.UniqueConstraint(fields=('person', 'effective_from'), name='posting_one_a_day')],
            },
        ),
        migrations.CreateModel(
            name='Leadership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('effective_from', models.DateField(verbose_name='起')),
                ('effective_to', models.DateField(blank=True, null=True, verbose_name='止')),
                ('group', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='leaderships', to='branch.group', verbose_name='小组')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leaderships', to='branch.person', verbose_name='负责人')),
                ('team', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='leaderships', to='branch.team', verbose_name='团队')),
            ],
            options={
                'ordering': ['team', 'effective_from'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('effective_to', None), ('group', None)), fields=('team',), name='team_one_leader'), models.UniqueConstraint(condition=models.Q(('effective_to', None)), fields=('group',), name='group_one_leader')],
            },
        ),
    ]
