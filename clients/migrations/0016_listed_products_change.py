from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0015_months_of_many_branches'),
    ]

    operations = [
        migrations.AddField(
            model_name='product',
            name='stopped_from',
            field=models.DateField(blank=True, null=True, verbose_name='停售日'),
        ),
        migrations.AddField(
            model_name='productproposal',
            name='kind',
            field=models.CharField(choices=[('listing', '登记'), ('change', '变更')], default='listing', max_length=10, verbose_name='事项'),
        ),
        migrations.AddField(
            model_name='productproposal',
            name='reason',
            field=models.CharField(blank=True, max_length=200, verbose_name='依据'),
        ),
        migrations.AddField(
            model_name='productproposal',
            name='stopped_from',
            field=models.DateField(blank=True, null=True, verbose_name='停售日'),
        ),
        migrations.AddConstraint(
            model_name='productproposal',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'change'), ('state', 'proposed')), fields=('code',), name='product_change_proposed_once'),
        ),
        migrations.AlterField(
            model_name='importproblem',
            name='kind',
            field=models.CharField(choices=[('bad_cell', '格式不对'), ('unbalanced', '净佣金不平'), ('duplicate', '客户重复'), ('opened_later', '开户日期晚于月份'), ('outside_month', '成交日期不在本月'), ('unknown_manager', '客户经理不存在'), ('name_mismatch', '姓名与工号不符'), ('not_employed', '客户经理当月不在职'), ('manager_changed', '客户经理变更未确认'), ('unconfirmed_relation', '客户关系待确认'), ('unknown_product', '产品未登记'), ('product_stopped', '产品已停售'), ('total_row', '合计行'), ('total_differs', '合计与明细不符'), ('unsuitable', '适当性不符'), ('opening_gap', '期初与上月期末不符'), ('opening_not_zero', '新客户期初不为零'), ('client_changed', '客户资料有变'), ('missing_clients', '上月客户本月没有'), ('missing_month', '上月尚未导入'), ('unknown_client', '资金账号不在客户名单'), ('not_trading_day', '成交日不是交易日'), ('product_level', '产品等级与登记不符'), ('repeated_sale', '疑似重复销售'), ('unchanged', '内容无变化'), ('unknown_columns', '多出的列'), ('hidden_rows', '隐藏行'), ('footer', '表尾说明'), ('added', '新增'), ('removed', '减少'), ('changed', '修改')], max_length=30, verbose_name='类别'),
        ),
    ]
