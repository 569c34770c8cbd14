"""Steps 19–21 of an employee: insurance and housing fund, the cumulative income tax, what is paid out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from kernel.money import ZERO, total
from payroll.reckoning import insurance
from payroll.reckoning.adjustments import Arrear
from payroll.reckoning.facts import FROM_JANUARY, LUMP, Carried, PersonFacts
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.settling import Settled, write_deductions
from payroll.reckoning.slip import INPUTS, Slip, percent
from payroll.reckoning.tax import SalaryChain, salary_step, starting_months

SOCIAL_LAW = "社会保险法; 住房公积金管理条例; 深圳市社保、公积金参数"
TAX_LAW = "个人所得税法; 总局公告2018年第61号第六条(累计预扣法)"
AWAY = ";当年有 {away} 个月不在职或是另一种用工,不计任职受雇月份"
EMPLOYEE_ITEMS = ("养老", "医疗", "失业", "公积金")


def write_insurance(slip: Slip) -> dict[str, Decimal]:
    """Step 19, and the employer's side by item."""
    scheme, parameters, facts = slip.scheme, slip.parameters, slip.facts
    if not insurance.is_due(facts.hired_on, parameters.month, scheme.insurance_last_hire_day):
        hired = {"hired": facts.hired_on.isoformat(), "day": scheme.insurance_last_hire_day}
        for label in EMPLOYEE_ITEMS:
            slip.put(label, ZERO, "{hired} 入职,晚于 {day} 日,次月起缴", hired, SOCIAL_LAW)
        return {}
    declared, fund_rate = facts.contribution_base or ZERO, facts.housing_fund_rate or ZERO
    employer: dict[str, Decimal] = {}
    for part in insurance.contributions(
        parameters.items, declared, medical_tier=facts.medical_tier or 0, housing_fund_rate=fund_rate
    ):
        item, label = parameters.items[part.code], insurance.LABELS[part.code]
        employer[label] = part.employer
        if label not in slip.figures:
            continue
        rate = fund_rate if part.code == insurance.HOUSING_FUND else item.employee
        slip.put(
            label,
            part.employee,
            "缴费基数 {declared}(下限 {floor},上限 {cap})取 {base} × 个人 {rate};单位 {employer_rate} 为 {employer}",
            {
                "declared": declared,
                "floor": "无" if item.floor is None else item.floor,
                "cap": "无" if item.cap is None else item.cap,
                "base": part.base,
                "rate": percent(rate),
                "employer_rate": percent(item.employer),
                "employer": part.employer,
            },
            SOCIAL_LAW,
        )
    slip.put(
        "单位社保公积金",
        sum(employer.values(), ZERO),
        "单位承担:{items}(不在应发和实发之内)",
        {"items": ",".join(f"{label} {amount:,f}" for label, amount in employer.items())},
        SOCIAL_LAW,
    )
    return employer


def chain_for(facts: PersonFacts, parameters: MonthParameters, carried: Carried) -> SalaryChain:
    """The chain to go on with: the year's own, or a new one in a new tax year or for a joiner, with what the year has of payments
    outside the pay run."""
    chain, payment = carried.chain, parameters.payment_month
    known = chain if isinstance(chain, SalaryChain) and chain.year == payment.year else SalaryChain(payment.year)
    if known.last_month:
        return known
    employed_from, basic_start = starting_months(facts.hire_month, payment, from_january=facts.tax_mode == FROM_JANUARY)
    return replace(known, employed_from=employed_from, basic_start=basic_start, lump=facts.tax_mode == LUMP)


def write_income_tax(slip: Slip) -> SalaryChain:
    """Step 20; the chain after it."""
    parameters, facts, column = slip.parameters, slip.facts, slip.figures
    begun, month = chain_for(facts, parameters, slip.carried), parameters.payment_month.month
    before = begun.resumed(facts.away, from_january=facts.tax_mode == FROM_JANUARY)
    special = column["养老"] + column["医疗"] + column["失业"] + column["公积金"] + total(a.special for a in facts.adjustments)
    added, monthly = begun.months_added(month, facts.away), facts.additional_total or ZERO
    after, step = salary_step(
        before,
        parameters.annual_table,
        month,
        basic_month=parameters.basic_month,
        lump_amount=parameters.lump_amount,
        income=column["应发"],
        special=special,
        additional=monthly * added + total(a.additional for a in facts.adjustments),
    )
    slip.put(
        "累计应纳税所得额",
        step.cum_taxable,
        "累计收入 {income} − 免税收入 {exempt} − 减除费用 {basic} − 专项扣除 {special} − 专项附加扣除 {additional}"
        "(每月 {monthly},本次计 {added} 个月) − 其他扣除 {other}" + (AWAY if facts.away else ""),
        {
            "income": after.income,
            "exempt": after.exempt,
            "basic": after.basic,
            "special": after.special,
            "additional": after.additional,
            "monthly": monthly,
            "added": added,
            "other": after.other,
        }
        | ({"away": facts.away} if facts.away else {}),
        TAX_LAW,
    )
    slip.put(
        "个税",
        step.tax,
        "{payment}发放:累计应纳税所得额 {taxable} × {rate} − 速算扣除数 {quick} = {cum_tax},减累计减免 {relief}、"
        "累计已预扣 {withheld},不足 0 的不退",
        {
            "payment": parameters.payment_month.label,
            "taxable": step.cum_taxable,
            "rate": percent(step.rate),
            "quick": step.quick,
            "cum_tax": step.cum_tax,
            "relief": after.relief,
            "withheld": before.withheld,
        },
        TAX_LAW,
    )
    return after


def write_net(slip: Slip, settled: Settled) -> tuple[Arrear, ...]:
    """Step 21; what of 前期扣款差额 is carried on."""
    column, other = slip.figures, slip.inputs.other_deduction or ZERO
    special = column["养老"] + column["医疗"] + column["失业"] + column["公积金"]
    slip.put("其他扣款", other, "本月其他扣款(税后)", {}, INPUTS)
    left = column["应发"] - special - column["个税"] - other
    earlier, arrears = write_deductions(slip, settled, left)
    slip.put(
        "实发",
        left - earlier,
        "应发 {gross} − 三险一金 {special} − 个税 {tax} − 其他扣款 {other}" + (" − 前期扣款差额 {earlier}" if earlier else ""),
        {"gross": column["应发"], "special": special, "tax": column["个税"], "other": other}
        | ({"earlier": earlier} if earlier else {}),
        TAX_LAW,
    )
    return arrears
