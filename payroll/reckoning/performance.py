"""The steps employees and brokers share: the month's figures, the completion rate, the two factors, the commission."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO, half_up, yuan
from payroll.reckoning.facts import PersonFacts
from payroll.reckoning.scheme import CARRY_FORWARD, Scheme
from payroll.reckoning.slip import CRM, INPUTS, Slip, percent
from payroll.reckoning.tables import METHODS, Slice

ONE_PLACE = Decimal("0.0")


class Months(NamedTuple):
    """What the first steps give to the later ones. `pay_net` is max(N', 0), `carry` what goes on to next month (≤ 0)."""

    pay_net: Decimal
    carry: Decimal
    completion: Decimal
    duty: Decimal
    compliance: Decimal


def figures(slip: Slip) -> Months:
    """Steps 1–4 and 10: N, the client figures, N' with the carry, 完成率 and the factors."""
    scheme, carried = slip.scheme, slip.carried
    net = slip.facts.net_commission
    client_figures(slip)
    after_carry = net + carried.negative_commission
    carry = min(after_carry, ZERO) if scheme.negative_total == CARRY_FORWARD else ZERO
    if carried.negative_commission or carry:
        slip.put(
            "负佣金结转",
            carry,
            "净佣金 {net} + 上月结转 {before} = {after};为负的部分 {carry} 结转下月,提成按 {pay_net} 计",
            {
                "net": net,
                "before": carried.negative_commission,
                "after": after_carry,
                "carry": carry,
                "pay_net": max(after_carry, ZERO),
            },
            scheme.source,
        )
    completion = completion_rate(slip, net, slip.inputs.target or ZERO)
    duty, compliance = factors(slip)
    return Months(max(after_carry, ZERO), carry, completion, duty, compliance)


def client_figures(slip: Slip) -> None:
    """The columns that come straight from the client rows."""
    scheme, facts = slip.scheme, slip.facts
    slip.put(
        "净佣金",
        facts.net_commission,
        "本月归属客户的净佣金收入合计 {net} 元",
        {"net": facts.net_commission},
        CRM,
    )
    slip.put("期末客户数", Decimal(facts.clients_end), "月末归属客户 {count} 户", {"count": facts.clients_end}, CRM)
    award = scheme.opening_award
    slip.put(
        "新增有效户",
        Decimal(facts.new_valid_accounts),
        "开户当月起 {months} 个月内首次成为有效户的账户 {count} 户,每户只计一次",
        {"months": award.within_months if award else 0, "count": facts.new_valid_accounts},
        CRM,
    )
    slip.put("期末资产", facts.assets_end, "月末归属客户资产合计 {assets} 元", {"assets": facts.assets_end}, CRM)
    floor = scheme.asset_award.floor if scheme.asset_award else ZERO
    slip.put(
        "净新增资产",
        max(facts.net_new_assets, floor) + ZERO,
        "资产转入 − 资产转出合计 {raw} 元,低于 {floor} 的按 {floor} 计",
        {"raw": facts.net_new_assets, "floor": floor},
        CRM,
    )


def completion_rate(slip: Slip, net: Decimal, target: Decimal) -> Decimal:
    """N without the carry ÷ target, half-up; the bands are tested on this figure."""
    places = slip.scheme.completion_decimals
    rate = half_up(net / target, places)
    return slip.put(
        "完成率",
        rate,
        "净佣金 {net} ÷ 目标净佣金 {target} = {rate}(四舍五入到 {places} 位小数)",
        {"net": net, "target": target, "rate": rate, "places": places},
        INPUTS,
    )


def factor(value: Decimal) -> Decimal:
    """A factor as the report shows it: one decimal at least, more only when the scheme has more."""
    return value + ONE_PLACE


def factors(slip: Slip) -> tuple[Decimal, Decimal]:
    """职责系数 by 职责分, 合规系数 by complaints and serious violations; one decimal as the scheme writes them."""
    scheme, inputs = slip.scheme, slip.inputs
    score, complaints, serious = inputs.duty_score or ZERO, inputs.complaints or 0, bool(inputs.serious_violation)
    duty = factor(scheme.duty_bands.rate(score))
    slip.put("职责系数", duty, "职责分 {score} 分,对应职责系数 {factor}", {"score": score, "factor": duty}, scheme.source)
    rule = scheme.compliance
    if rule is None:
        compliance = slip.put("合规系数", Decimal("1.0"), "方案没有合规系数,按 1.0 计", {}, scheme.source)
    elif serious:
        compliance = slip.put(
            "合规系数",
            factor(rule.factor(complaints, True)),
            "本月有严重违规,合规系数为 {factor}(一票否决)",
            {"factor": factor(rule.factor(complaints, True))},
            scheme.source,
        )
    else:
        compliance = slip.put(
            "合规系数",
            factor(rule.factor(complaints, False)),
            "{start} − {each} × 有效投诉 {complaints} 件,不低于 {floor}",
            {"start": rule.start, "each": abs(rule.per_complaint), "complaints": complaints, "floor": rule.floor},
            scheme.source,
        )
    return duty, compliance


def slices_in_words(slices: list[Slice]) -> str:
    """10,000.00 × 15% + 2,500.00 × 20%"""
    return " + ".join(f"{part.amount:,f} × {percent(part.rate)}" for part in slices) or "0 元"


def tier_commission(slip: Slip, pay_net: Decimal, factor: Decimal) -> Decimal:
    """Step 8: the tiers of max(N', 0) × the grade factor, half-up once at the end."""
    scheme = slip.scheme
    slices = scheme.commission.slices(pay_net)
    before = sum((part.amount * part.rate for part in slices), ZERO)
    used = factor if scheme.times_grade_factor else Decimal(1)
    return slip.put(
        "提成",
        yuan(before * used),
        "计提净佣金 {net} 元按{method}:({slices}) × 职级系数 {factor}",
        {"net": pay_net, "method": METHODS[scheme.commission.method], "slices": slices_in_words(slices), "factor": used},
        scheme.source,
    )


def opening_award(scheme: Scheme, accounts: int) -> Decimal:
    """开户奖励: so much an account, up to the cap."""
    rule = scheme.opening_award
    return ZERO if rule is None else yuan(min(rule.per_account * accounts, rule.cap))


def asset_award(scheme: Scheme, net_new_assets: Decimal) -> Decimal:
    """资产奖励: half-up(net new assets above the floor × rate), up to the cap."""
    rule = scheme.asset_award
    return ZERO if rule is None else yuan(min(yuan(max(net_new_assets, rule.floor) * rule.rate), rule.cap))


def product_award(scheme: Scheme, facts: PersonFacts) -> tuple[Decimal, list[str]]:
    """产品奖励: half-up a sale; a client level below the product level earns nothing. Also what each sale gave, in words."""
    rule = scheme.product_award
    if rule is None:
        return ZERO, []
    total, words = ZERO, []
    for sale in facts.sales:
        if sale.client_level < sale.product_level:
            words.append(f"{sale.product_code} {sale.amount:,f} 元适当性不符(C{sale.client_level}<R{sale.product_level})不计")
            continue
        rate = rule.rates[sale.product_code] * rule.completion_factor
        award = yuan(sale.amount * rate)
        total += award
        words.append(f"{sale.product_code} {sale.amount:,f} × {percent(rate)} = {award:,f}")
    return total, words


def awards(slip: Slip) -> Decimal:
    """Step 9, an employee's three awards; their sum."""
    scheme, facts = slip.scheme, slip.facts
    opening, assets = scheme.opening_award, scheme.asset_award
    opened = slip.put(
        "开户奖励",
        opening_award(scheme, facts.new_valid_accounts),
        "新增有效户 {count} 户 × {each} 元,封顶 {cap} 元" if opening else "方案没有开户奖励",
        {"count": facts.new_valid_accounts, "each": opening.per_account, "cap": opening.cap} if opening else {},
        scheme.source,
    )
    grown = slip.put(
        "资产奖励",
        asset_award(scheme, facts.net_new_assets),
        "净新增资产 {assets} 元 × {rate},封顶 {cap} 元" if assets else "方案没有资产奖励",
        {"assets": slip.figures["净新增资产"], "rate": percent(assets.rate), "cap": assets.cap} if assets else {},
        scheme.source,
    )
    amount, words = product_award(scheme, facts)
    sold = slip.put(
        "产品奖励",
        amount,
        "每笔适当的销售额 × 产品奖励率,逐笔四舍五入:{sales}" if words else "本月没有产品销售",
        {"sales": ";".join(words)} if words else {},
        scheme.source,
    )
    return opened + grown + sold
