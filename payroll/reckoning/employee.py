"""An employee's month, in the order and with the roundings of the scheme's rules; here steps 11–18, the others beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from kernel.money import ZERO, half_up, total, yuan
from payroll.reckoning import deferral
from payroll.reckoning.adjustments import recoverable
from payroll.reckoning.deductions import write_income_tax, write_insurance, write_net
from payroll.reckoning.facts import Carried, TeamFigures
from payroll.reckoning.lines import Reckoning
from payroll.reckoning.performance import Months, awards, figures, tier_commission
from payroll.reckoning.presence import Days, days_of, write_attendance, write_base_pay, write_overtime
from payroll.reckoning.scheme import CONTINUE, FORFEIT, RELEASE, Grade, Scheme
from payroll.reckoning.settling import Settled, write_adjustments, write_company_share
from payroll.reckoning.slip import Slip, percent

MINIMUM_LAW = "劳动法第四十八条; 深圳市最低工资标准"
DAMAGES_LAW = "工资支付暂行规定第十六条"


def reckon_employee(slip: Slip, team: TeamFigures | None) -> Reckoning:
    """All steps of one employee whose inputs have been found complete."""
    grade, days = slip.scheme.grades[slip.facts.grade or ""], days_of(slip.inputs)
    months = figures(slip)
    write_base_pay(slip, grade, days, months.completion)
    write_attendance(slip, grade, days)
    write_overtime(slip, grade)
    lots = _performance(slip, grade, months)
    _allowances(slip, team)
    settled = _gross(slip, days)
    employer = write_company_share(slip, write_insurance(slip))
    chain = write_income_tax(slip)
    owed = write_net(slip, settled)
    return slip.close(employer, Carried(chain, lots, months.carry, settled.arrears + owed))


def _performance(slip: Slip, grade: Grade, months: Months) -> tuple[deferral.Lot, ...]:
    """Steps 8–13; the deferral lots that are left after the month."""
    scheme, month = slip.scheme, slip.parameters.month
    commission = tier_commission(slip, months.pay_net, grade.factor)
    prizes = awards(slip)
    performance = slip.put(
        "绩效",
        yuan((commission + prizes) * months.duty * months.compliance),
        "(提成 {commission} + 三项奖励 {awards}) × 职责系数 {duty} × 合规系数 {compliance}",
        {"commission": commission, "awards": prizes, "duty": months.duty, "compliance": months.compliance},
        scheme.source,
    )
    lots = _released(slip)
    rule = scheme.deferral
    final = slip.facts.left_on is not None and scheme.leaver.lots != CONTINUE
    amount = ZERO if final else deferred(scheme, performance)
    if rule is None or final:
        slip.put("递延", amount, "方案没有递延" if rule is None else "离职结算的月份不再递延", {}, scheme.source)
        return lots
    slip.put(
        "递延",
        amount,
        "绩效 {performance} 高于 {above},递延 {share},自下月起分 {months} 期发放"
        if amount
        else "绩效 {performance} 不高于 {above},不递延",
        {"performance": performance, "above": rule.when_above, "share": percent(rule.share), "months": rule.months},
        scheme.source,
    )
    return (*lots, deferral.new_lot(month, amount, rule.months)) if amount else lots


def deferred(scheme: Scheme, performance: Decimal) -> Decimal:
    """Step 12: the share of 绩效 kept back when it is above the bound."""
    rule = scheme.deferral
    return ZERO if rule is None or performance <= rule.when_above else yuan(performance * rule.share)


def _released(slip: Slip) -> tuple[deferral.Lot, ...]:
    scheme, carried = slip.scheme, slip.carried
    if slip.inputs.serious_violation:
        slip.put("递延发放", ZERO, "本月有严重违规,不发放递延,各期顺延一个月", {}, scheme.source)
        return carried.lots
    if slip.facts.left_on is not None and scheme.leaver.lots == RELEASE:
        everything = total(lot.balance for lot in carried.lots)
        given = {"left_on": slip.facts.left_on, "count": len(carried.lots)}
        slip.put("递延发放", everything, "{left_on} 离职,{count} 笔递延的余额按方案一次付清", given, scheme.source)
        return ()
    starts_after = scheme.deferral.starts_after if scheme.deferral else 1
    amount, paid, left = deferral.release(carried.lots, slip.parameters.month, starts_after=starts_after)
    words = ";".join(f"{lot.origin or '期初'} 一期 {lot.due:,f}(余 {lot.left} 期)" for lot in paid)
    slip.put(
        "递延发放",
        amount,
        "以前各月递延各发一期:{lots}" if paid else "没有到期的递延",
        {"lots": words} if paid else {},
        scheme.source,
    )
    if slip.facts.left_on is not None and scheme.leaver.lots == FORFEIT:
        return ()
    return left


def _allowances(slip: Slip, team: TeamFigures | None) -> None:
    scheme, facts = slip.scheme, slip.facts
    amount = slip.inputs.other_allowance or ZERO
    template = "其他补贴 {other}"
    given: dict[str, Any] = {"other": amount}
    group, leader = scheme.group_leader, scheme.team_leader
    if group is not None and facts.post == group.post:
        amount += group.amount
        template += " + {post}津贴 {fixed}"
        given |= {"post": group.post, "fixed": group.amount}
    if leader is not None and facts.post == leader.post and team is not None:
        completion = half_up(team.net_commission / (team.target or ZERO), scheme.completion_decimals)
        rate = leader.bands.rate(completion)
        managed = yuan(max(team.net_commission, leader.floor) * rate)
        amount += managed
        template += " + 管理津贴 {managed}({team}净佣金 {team_net} × {rate},团队完成率 {team_net} ÷ {team_target} = {completion})"
        given |= {
            "managed": managed,
            "team": team.team,
            "team_net": team.net_commission,
            "rate": percent(rate),
            "team_target": team.target,
            "completion": completion,
        }
    slip.put("津贴", amount, template, given, scheme.source)


def damages(scheme: Scheme, balance: Decimal, wage: Decimal, minimum_wage: Decimal) -> Decimal:
    """Step 16: at most the share of the wage, and the minimum wage stays."""
    rule = scheme.damages
    if rule is None:
        return ZERO
    return max(min(balance, yuan(wage * rule.share_of_wage), wage - minimum_wage), ZERO)


def topup(scheme: Scheme, minimum_wage: Decimal, days: Days, paid: Decimal) -> tuple[Decimal, Decimal]:
    """Step 17: (the minimum for the days that count, what is missing to it)."""
    if not scheme.minimum_prorated:
        return minimum_wage, max(minimum_wage - paid, ZERO)
    counted = days.due - days.out - days.leave - days.absence
    due = yuan(minimum_wage * counted / days.due)
    return due, max(due - paid, ZERO)


def _gross(slip: Slip, days: Days) -> Settled:
    """Steps 15–18, with what corrected earlier months bring in between."""
    scheme, column, minimum = slip.scheme, slip.figures, slip.parameters.minimum_wage
    wage = column["底薪"] - column["考勤扣款"] + column["绩效"] - column["递延"] + column["递延发放"] + column["津贴"]
    balance = slip.inputs.damages_balance or ZERO
    taken = slip.put(
        "赔偿扣款",
        damages(scheme, balance, wage, minimum),
        "赔偿余额 {balance}、当月工资 {wage} 的 {share}、工资高于最低工资 {minimum} 的部分,三者取最小"
        if balance
        else "没有待扣的赔偿",
        {"balance": balance, "wage": wage, "share": percent(scheme.damages.share_of_wage), "minimum": minimum}
        if balance and scheme.damages
        else {"balance": balance, "wage": wage, "share": "0%", "minimum": minimum},
        DAMAGES_LAW,
    )
    due, missing = topup(scheme, minimum, days, wage - taken)
    slip.put(
        "保底补足",
        missing,
        "最低工资 {minimum} 按出勤折算为 {due};扣除赔偿后的工资(不含加班){paid}" + (",补足差额" if missing else ",不需补足"),
        {"minimum": minimum, "due": due, "paid": wage - taken},
        MINIMUM_LAW,
    )
    rule = scheme.recovery
    limit = recoverable(wage, rule.share_of_wage, taken, minimum)
    settled = write_adjustments(slip, limit, f"工资的 {percent(rule.share_of_wage)}(连同赔偿扣款),且不低于最低工资")
    earlier = settled.amount
    slip.put(
        "应发",
        wage + column["加班"] - taken + missing + earlier,
        "底薪 {base} − 考勤扣款 {away} + 绩效 {performance} − 递延 {deferred} + 递延发放 {released} + 津贴 {allowances}"
        " + 加班 {overtime} − 赔偿扣款 {damages} + 保底补足 {topup}" + (" + 补发补扣 {earlier}" if earlier else ""),
        {
            "base": column["底薪"],
            "away": column["考勤扣款"],
            "performance": column["绩效"],
            "deferred": column["递延"],
            "released": column["递延发放"],
            "allowances": column["津贴"],
            "overtime": column["加班"],
            "damages": taken,
            "topup": missing,
        }
        | ({"earlier": earlier} if earlier else {}),
        scheme.source,
    )
    return settled
