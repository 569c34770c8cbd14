"""What the law asks of a scheme: warnings in Chinese for the page that shows it and for the person who approves it.

Sources: 证券经纪业务管理办法 (appraisal not simply tied to new accounts and trading volume),
中证协《证券公司建立稳健薪酬制度指引》 (deferral, veto for serious events). The limit of the share is a parameter.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from kernel.money import ZERO, half_up, total
from payroll.reckoning.lines import Reckoning
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.scheme import Scheme
from payroll.reckoning.slip import percent

VOLUME_COLUMNS = ("提成", "开户奖励", "资产奖励")
ALL_COLUMNS = (*VOLUME_COLUMNS, "产品奖励", "底薪")


def volume_share(reckonings: Iterable[Reckoning]) -> Decimal:
    """The share (4 decimals) of 提成 + 开户奖励 + 资产奖励 in these and 产品奖励 + 底薪; 0 when nothing was earned."""
    figures = [reckoning.figures for reckoning in reckonings]
    volume = total(column[name] for column in figures for name in VOLUME_COLUMNS)
    everything = total(column[name] for column in figures for name in ALL_COLUMNS)
    return half_up(volume / everything, 4) if everything else half_up(ZERO, 4)


def warnings(scheme: Scheme, *, volume_limit: Decimal, reckonings: Iterable[Reckoning] = ()) -> list[str]:
    """One sentence for each point that the law would object to; `reckonings` of a month or a trial show the real share."""
    found = [*_compliance(scheme), *_deferral(scheme)]
    if scheme.duty_bands[-1].rate == scheme.duty_bands[0].rate:
        found.append("职责系数不随职责分变化:考核应包含履职和合规情况(证券经纪业务管理办法)")
    if scheme.damages is None:
        found.append("方案没有赔偿扣款的上限:有赔偿时不会自动扣回")
    if not scheme.minimum_prorated:
        found.append("保底补足没有按出勤折算:缺勤的人也会补足到整月最低工资")
    share = volume_share(reckonings)
    if share > volume_limit:
        found.append(
            f"提成、开户奖励、资产奖励占收入的 {percent(share)},超过 {percent(volume_limit)}:"
            "薪酬不得简单与新开户数、客户交易量挂钩(证券经纪业务管理办法)"
        )
    return found


def _compliance(scheme: Scheme) -> Iterable[str]:
    rule = scheme.compliance
    if rule is None or rule.per_complaint == 0:
        yield "没有合规系数:客户投诉不影响绩效(证券经纪业务管理办法)"
    if rule is None or rule.serious_violation != 0:
        yield "严重违规没有一票否决:绩效未归零(证券公司建立稳健薪酬制度指引)"


def _deferral(scheme: Scheme) -> Iterable[str]:
    if scheme.deferral is None or scheme.deferral.share == 0:
        yield "没有递延:重要岗位的绩效应递延发放,且不快于等分比例(证券公司建立稳健薪酬制度指引)"


def legal_differences(scheme: Scheme, parameters: MonthParameters) -> list[str]:
    """Where the scheme repeats a figure of law that the dated parameters have otherwise; the parameters are what is used."""
    broker = scheme.broker
    pairs = (
        ("增值税口径", broker.vat_mode, parameters.vat.mode),
        ("附加税率", broker.surtax_rates, parameters.surtax_rates),
        ("附加减半比例", broker.surtax_relief, parameters.surtax_relief),
        ("证券经纪人费用率", broker.expense_rate, parameters.expense_rate),
        ("展业成本比例", broker.development_cost_rate, parameters.development_cost_rate),
    )
    return [
        f"方案写的{name}是 {_written(stated)},{parameters.payment_month.label}的参数是 {_written(used)},按参数计算"
        for name, stated, used in pairs
        if stated != used
    ]


def _written(value: object) -> str:
    if isinstance(value, Decimal):
        return percent(value)
    return "、".join(percent(rate) for rate in value) if isinstance(value, tuple) else str(value)
