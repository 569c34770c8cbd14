"""A securities broker's month: commission at the contract's rate, VAT and surtaxes, the broker chain, the risk reserve.

No base, attendance, awards, deferral, minimum wage or insurance: a broker is not an employee (证券经纪人管理暂行规定).
"""

from __future__ import annotations

from decimal import Decimal

from kernel.money import ZERO, total, yuan
from payroll.reckoning import vat as value_added
from payroll.reckoning.adjustments import Arrear
from payroll.reckoning.facts import LUMP, Carried, PersonFacts
from payroll.reckoning.lines import Reckoning
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.performance import Months, figures
from payroll.reckoning.settling import Settled, write_adjustments, write_company_share, write_deductions
from payroll.reckoning.slip import INPUTS, Slip, percent
from payroll.reckoning.tax import BrokerChain, broker_step, starting_months

TAX_LAW = "财税〔2018〕164号第三条; 总局公告2018年第61号"
VAT_LAW = "增值税法第二十三条; 公告2026年第10号; 公告2016年第45号"
SURTAX_LAW = "城市维护建设税法; 公告2023年第12号(减半)"
AWAY = ";当年有 {away} 个月不在岗或是另一种用工,不计从业月份"


def reckon_broker(slip: Slip) -> Reckoning:
    """All steps of one broker whose inputs have been found complete."""
    months = figures(slip)
    settled = _gross(slip, months)
    surtax = _vat(slip)
    chain = _income_tax(slip, surtax)
    owed = _net(slip, settled)
    return slip.close(write_company_share(slip, {}), Carried(chain, (), months.carry, settled.arrears + owed))


def _gross(slip: Slip, months: Months) -> Settled:
    scheme, inputs = slip.scheme, slip.inputs
    rate, other = scheme.broker.contract_rate, inputs.other_allowance or ZERO
    commission = slip.put(
        "提成",
        yuan(months.pay_net * rate),
        "计提净佣金 {net} × 合同提成比例 {rate}",
        {"net": months.pay_net, "rate": percent(rate)},
        scheme.source,
    )
    performance = slip.put(
        "绩效",
        yuan(commission * months.duty * months.compliance),
        "提成 {commission} × 职责系数 {duty} × 合规系数 {compliance}",
        {"commission": commission, "duty": months.duty, "compliance": months.compliance},
        scheme.source,
    )
    slip.put("津贴", other, "其他补贴 {other}", {"other": other}, INPUTS)
    share = scheme.recovery.broker_share
    limit = max(yuan((performance + other) * share), ZERO)
    settled = write_adjustments(slip, limit, f"当月报酬的 {percent(share)}(委托合同)")
    earlier = settled.amount
    slip.put(
        "应发",
        performance + other + earlier,
        "绩效 {performance} + 其他补贴 {other}" + (" + 补发补扣 {earlier}" if earlier else "") + "(含增值税)",
        {"performance": performance, "other": other} | ({"earlier": earlier} if earlier else {}),
        scheme.source,
    )
    return settled


def _vat(slip: Slip) -> Decimal:
    parameters = slip.parameters
    rule, gross = parameters.vat, slip.figures["应发"]
    templates = {
        value_added.MANUAL: "按总部结果导入",
        value_added.EXEMPT: "免征增值税",
        value_added.PER_TRANSACTION: "按次:应发 {gross} ÷ (1 + {rate}) 与起征点 {threshold} 比较,达到的全额按 {rate} 计",
        value_added.PER_MONTH: "按月:应发 {gross} ÷ (1 + {rate}) 与起征点 {threshold} 比较,达到的全额按 {rate} 计",
    }
    amount = slip.put(
        "增值税",
        value_added.vat(gross, rule, slip.inputs.vat),
        templates[rule.mode],
        {"gross": gross, "rate": percent(rule.rate), "threshold": rule.threshold or ZERO},
        VAT_LAW,
    )
    edu_exempt = slip.scheme.broker.edu_exempt
    parts = value_added.surtaxes(amount, parameters.surtax_rates, parameters.surtax_relief, edu_exempt=edu_exempt)
    rates = [percent(rate) for rate in parameters.surtax_rates]
    return slip.put(
        "附加",
        parts.total,
        "增值税 {vat} × 城建税 {r1} × {relief} = {urban},教育费附加 {r2} × {relief} = {education},"
        "地方教育附加 {r3} × {relief} = {local}" + (",两项教育附加免征" if edu_exempt else ""),
        {
            "vat": amount,
            "r1": rates[0],
            "r2": rates[1],
            "r3": rates[2],
            "relief": percent(parameters.surtax_relief),
            "urban": parts.urban,
            "education": parts.education,
            "local": parts.local,
        },
        SURTAX_LAW,
    )


def chain_for(facts: PersonFacts, parameters: MonthParameters, carried: Carried) -> BrokerChain:
    """The chain to go on with: the year's own, or a new one in a new tax year or for a joiner."""
    chain, payment = carried.chain, parameters.payment_month
    if isinstance(chain, BrokerChain) and chain.year == payment.year:
        return chain
    employed_from, basic_start = starting_months(facts.hire_month, payment)
    return BrokerChain(payment.year, employed_from, basic_start, lump=facts.tax_mode == LUMP)


def _income_tax(slip: Slip, surtax: Decimal) -> BrokerChain:
    parameters, column = slip.parameters, slip.figures
    before, away = chain_for(slip.facts, parameters, slip.carried), slip.facts.away
    due = slip.facts.adjustments
    net = column["应发"] - column["增值税"] - total(one.vat for one in due)
    after, step = broker_step(
        before.resumed(away),
        parameters.annual_table,
        parameters.payment_month.month,
        basic_month=parameters.basic_month,
        lump_amount=parameters.lump_amount,
        expense_rate=parameters.expense_rate,
        development_cost_rate=parameters.development_cost_rate,
        net=net,
        surtax=surtax + total(one.surtax for one in due),
    )
    found = step.withheld
    slip.put(
        "累计应纳税所得额",
        found.cum_taxable,
        "本月不含税收入 {net} − 费用 {expense} = 收入额 {income_amount},展业成本 {cost};累计收入额 {incomes} − 减除费用 {basic}"
        " − 累计展业成本 {costs} − 累计附加税费 {surtaxes} − 其他扣除 {other}" + (AWAY if away else ""),
        {
            "net": net,
            "expense": step.expense,
            "income_amount": step.income_amount,
            "cost": step.development_cost,
            "incomes": after.income_amount,
            "basic": after.basic,
            "costs": after.development_cost,
            "surtaxes": after.surtax,
            "other": after.other,
        }
        | ({"away": away} if away else {}),
        TAX_LAW,
    )
    slip.put(
        "个税",
        found.tax,
        "{payment}发放:累计应纳税所得额 {taxable} × {rate} − 速算扣除数 {quick} = {cum_tax},减累计减免 {relief}、"
        "累计已预扣 {withheld},不足 0 的不退",
        {
            "payment": parameters.payment_month.label,
            "taxable": found.cum_taxable,
            "rate": percent(found.rate),
            "quick": found.quick,
            "cum_tax": found.cum_tax,
            "relief": after.relief,
            "withheld": before.withheld,
        },
        TAX_LAW,
    )
    return after


def _net(slip: Slip, settled: Settled) -> tuple[Arrear, ...]:
    scheme, column = slip.scheme, slip.figures
    other = slip.inputs.other_deduction or ZERO
    reserve = slip.put(
        "风险金",
        yuan(column["绩效"] * scheme.broker.risk_reserve),
        "绩效 {performance} × {rate},税后扣存",
        {"performance": column["绩效"], "rate": percent(scheme.broker.risk_reserve)},
        scheme.source,
    )
    slip.put("其他扣款", other, "本月其他扣款(税后)", {}, INPUTS)
    left = column["应发"] - column["增值税"] - column["附加"] - column["个税"] - reserve - other
    earlier, arrears = write_deductions(slip, settled, left)
    slip.put(
        "实发",
        left - earlier,
        "应发 {gross} − 增值税 {vat} − 附加 {surtax} − 个税 {tax} − 风险金 {reserve} − 其他扣款 {other}"
        + (" − 前期扣款差额 {earlier}" if earlier else ""),
        {
            "gross": column["应发"],
            "vat": column["增值税"],
            "surtax": column["附加"],
            "tax": column["个税"],
            "reserve": reserve,
            "other": other,
        }
        | ({"earlier": earlier} if earlier else {}),
        TAX_LAW,
    )
    return arrears
