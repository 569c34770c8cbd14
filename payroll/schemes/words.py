"""A scheme as a person reads it: sections of tables in plain Chinese. Pure; also what two versions are compared by."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from kernel.money import grouped, yuan
from kernel.months import Month
from payroll.reckoning import vat
from payroll.reckoning.scheme import CARRY_FORWARD, DUE_DAYS, LEAVERS_LOTS, PERIOD, Scheme
from payroll.reckoning.tables import METHODS, PROGRESSIVE, Bands, Tier

Rows = list[tuple[str, ...]]
NONE_SET = "本方案不设"
PLAIN = ("项目", "规定")
VAT_MODES = {vat.MANUAL: "按导入的税额", vat.PER_TRANSACTION: "按次起征", vat.PER_MONTH: "按月起征", vat.EXEMPT: "免征"}
PARAMETER_WORDS = {
    "insurance": "社会保险",
    "housing_fund": "住房公积金",
    "minimum_wage": "最低工资",
    "sick_floor": "病假工资下限",
    "income_tax": "个人所得税",
    "vat": "增值税",
    "surtax": "附加税费",
    "basic_deduction": "减除费用",
}
_EXAMPLE = Decimal(25_000)


@dataclass(frozen=True)
class Section:
    """One heading with its table. The first cell of a row names it; `notes` are sentences below."""

    title: str
    rows: Rows
    head: tuple[str, ...] = PLAIN
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """A row that two versions word differently; empty where one of them has none."""

    section: str
    label: str
    old: str
    new: str


def sections(scheme: Scheme) -> list[Section]:
    """The whole scheme, in the order the reckoning goes."""
    return [
        Section("适用", _scope(scheme)),
        Section("职级", [(name, _yuan(grade.base), factor(grade.factor)) for name, grade in scheme.grades.items()], _GRADE_HEAD),
        Section("净佣金", _net_commission(scheme)),
        Section("业务提成", _tiers(scheme.commission.tiers), _TIER_HEAD, (_method(scheme), example(scheme))),
        Section("奖励", _awards(scheme)),
        Section(
            "底薪与完成率",
            _bands(scheme.completion_bands, "完成率 ", percent),
            ("完成率", "底薪发放比例"),
            (_completion(scheme),),
        ),
        Section("职责系数", _bands(scheme.duty_bands, "职责分 ", _plain, rate=factor), ("职责分", "系数")),
        Section("合规系数", _compliance(scheme)),
        Section("考勤与加班", _attendance(scheme)),
        Section("绩效递延", _deferral(scheme)),
        Section("津贴", _allowances(scheme)),
        Section("扣款、最低工资与社保", _floors(scheme)),
        Section("扣回与离职", _afterwards(scheme)),
        Section("证券经纪人", _broker(scheme)),
    ]


_GRADE_HEAD = ("职级", "底薪(元/月)", "提成系数")
_TIER_HEAD = ("当月净佣金", "提成比例")


def differences(old: Scheme, new: Scheme) -> list[Difference]:
    """What reads differently in `new`, in the order of the page."""
    before, after = _flat(old), _flat(new)
    keys = list(dict.fromkeys([*before, *after]))
    return [Difference(*key, before.get(key, ""), after.get(key, "")) for key in keys if before.get(key) != after.get(key)]


def _flat(scheme: Scheme) -> dict[tuple[str, str], str]:
    found = {}
    for section in sections(scheme):
        for row in section.rows:
            found[(section.title, row[0])] = " / ".join(row[1:])
        for number, note in enumerate(section.notes, 1):
            found[(section.title, f"说明 {number}")] = note
    return found


def example(scheme: Scheme, amount: Decimal = _EXAMPLE) -> str:
    """A small worked example: `净佣金 25,000 元 → 10,000 × 15% + 15,000 × 20% = 提成 4,500 元`."""
    parts = " + ".join(f"{_whole(part.amount)} × {percent(part.rate)}" for part in scheme.commission.slices(amount))
    pay = yuan(scheme.commission.pay(amount))
    factor = "(级别系数 1.00 时)" if scheme.times_grade_factor else ""
    return f"举例:净佣金 {_whole(amount)} 元 → 提成 {_whole(pay)} 元{factor},即 {parts}"


def percent(rate: Decimal) -> str:
    """`15%`, `0.02%`: as many decimals as the rate has."""
    return f"{_plain(rate * 100)}%"


def factor(number: Decimal) -> str:
    """A factor with one decimal at least: `1.0`, `0.8`, `1.05`."""
    text = _plain(number)
    return text if "." in text else f"{text}.0"


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _whole(amount: Decimal) -> str:
    return grouped(amount).removesuffix(".00")


def _yuan(amount: Decimal) -> str:
    return f"{_whole(amount)} 元"


def _month(month: Month | None) -> str:
    return "未定(至有新版本为止)" if month is None else month.label


def _scope(scheme: Scheme) -> Rows:
    by_period = [PARAMETER_WORDS[kind] for kind, which in scheme.parameter_month.items() if which == PERIOD]
    by_payment = [PARAMETER_WORDS[kind] for kind, which in scheme.parameter_month.items() if which != PERIOD]
    return [
        ("名称", f"{scheme.name}({scheme.code})"),
        ("文号", scheme.paper),
        ("生效月份", scheme.effective_from.label),
        ("终止月份", _month(scheme.effective_to)),
        ("发放月份", "当月" if not scheme.payment_month_offset else f"所属月份后第 {scheme.payment_month_offset} 个月"),
        ("按所属月份取数", "、".join(by_period) or "无"),
        ("按发放月份取数", "、".join(by_payment) or "无"),
    ]


def _net_commission(scheme: Scheme) -> Rows:
    shares = scheme.attribution
    carried = "负数结转下月抵减,当月提成按 0 计" if scheme.negative_total == CARRY_FORWARD else "负数不结转,当月提成按 0 计"
    return [
        ("业务归属", f"客户业务记给 CRM 登记的客户经理 {percent(shares.manager_share)}"),
        *((f"{relation}关系", percent(share)) for relation, share in shares.relation_share.items()),
        ("合计为负", carried),
    ]


def _tiers(tiers: Iterable[Tier]) -> Rows:
    rows: Rows = []
    below = None
    for upper, rate in tiers:
        if upper is None:
            label = "全部" if below is None else f"{_whole(below)} 元以上"
        else:
            label = f"{_whole(upper)} 元及以下" if below is None else f"{_whole(below)} 至 {_whole(upper)} 元(含)"
        rows.append((label, percent(rate)))
        below = upper
    return rows


def _method(scheme: Scheme) -> str:
    how = "每一段按本段的比例分别计算后相加" if scheme.commission.method == PROGRESSIVE else "全部净佣金按所落档次的一个比例计算"
    factor = ",再乘职级的提成系数" if scheme.times_grade_factor else ",不乘职级系数"
    return f"{METHODS[scheme.commission.method]}:{how}{factor}"


def _bands(bands: Bands, what: str, show: Callable[[Decimal], str], *, rate: Callable[[Decimal], str] = percent) -> Rows:
    rows: Rows = []
    above = None
    for lower, value in bands:
        if lower is None:
            label = "全部" if above is None else f"{what}{show(above)} 以下"
        else:
            label = f"{what}{show(lower)} 及以上" if above is None else f"{what}{show(lower)} 至 {show(above)}(不含)"
        rows.append((label, rate(value)))
        above = lower
    return rows


def _completion(scheme: Scheme) -> str:
    rule = f"完成率 = 当月净佣金 ÷ 目标净佣金,保留 {scheme.completion_decimals} 位小数,不含结转"
    protection = scheme.protection
    if protection is None:
        return f"{rule};不设保护期"
    months = protection.months + protection.extension_months
    return f"{rule};入职起 {months} 个月内为保护期,底薪按 {percent(protection.base_rate)} 发放,不看完成率"


def _awards(scheme: Scheme) -> Rows:
    opening, assets, products = scheme.opening_award, scheme.asset_award, scheme.product_award
    rows: Rows = [("开户奖励", NONE_SET), ("资产奖励", NONE_SET), ("产品奖励", NONE_SET)]
    if opening is not None:
        gate = ",回访通过后" if opening.return_visit_gate else ""
        rows[0] = (
            "开户奖励",
            f"每个新增有效户 {_yuan(opening.per_account)}{gate},每月最高 {_yuan(opening.cap)};"
            f"{opening.opened_from} 起开户、{opening.within_months} 个月内(含开户当月)成为有效户的,计一次",
        )
    if assets is not None:
        rows[1] = (
            "资产奖励",
            f"净新增资产(转入 − 转出,不低于 {_whole(assets.floor)})× {percent(assets.rate)},每月最高 {_yuan(assets.cap)}",
        )
    if products is not None:
        factor = "" if products.completion_factor == 1 else f" × {_plain(products.completion_factor)}"
        rows[2:] = [
            (f"产品奖励 {code}", f"销售额 × {percent(rate)}{factor},适当性不符的不奖") for code, rate in products.rates.items()
        ]
    return rows


def _compliance(scheme: Scheme) -> Rows:
    rule = scheme.compliance
    if rule is None:
        return [("合规系数", NONE_SET)]
    return [
        ("起点", factor(rule.start)),
        ("每起有效投诉", f"减 {_plain(-rule.per_complaint)}"),
        ("最低", factor(rule.floor)),
        ("严重违规", factor(rule.serious_violation) + ("(一票否决)" if rule.serious_violation == 0 else "")),
        ("绩效", "(业务提成 + 各项奖励)× 职责系数 × 合规系数"),
    ]


def _attendance(scheme: Scheme) -> Rows:
    rule, overtime = scheme.attendance, scheme.overtime
    daily = f"职级底薪 ÷ {_plain(rule.paid_days)}"
    part = "按应出勤天数折算" if rule.part_month == DUE_DAYS else "按月计薪天数折算"
    sick = f"每天发日工资的 {percent(rule.sick_rate)},且不低于最低工资日标准的 {percent(rule.sick_floor_of_minimum)}"
    return [
        ("日工资", daily),
        ("小时工资", f"日工资 ÷ {_plain(rule.hours_a_day)}"),
        ("事假", f"每天扣日工资的 {percent(rule.unpaid_leave)}"),
        ("旷工", f"每天扣日工资的 {percent(rule.absence)}"),
        ("病假", sick),
        ("考勤扣款上限", "不超过当月底薪"),
        ("入职不满整月", part),
        ("平日加班", f"小时工资 × {_plain(overtime.weekday)}"),
        ("休息日加班", f"小时工资 × {_plain(overtime.rest_day)}"),
        ("法定节假日加班", f"小时工资 × {_plain(overtime.statutory)}"),
    ]


def _deferral(scheme: Scheme) -> Rows:
    rule = scheme.deferral
    if rule is None:
        return [("递延", NONE_SET)]
    first = "自次月" if rule.starts_after == 1 else f"自第 {rule.starts_after} 个月后"
    return [
        ("递延条件", f"当月绩效超过 {_yuan(rule.when_above)}"),
        ("递延比例", f"绩效的 {percent(rule.share)}"),
        ("发放", f"{first}起分 {rule.months} 期等额发放,尾差在最后一期"),
        ("严重违规当月", "停发一期,顺延一个月"),
    ]


def _allowances(scheme: Scheme) -> Rows:
    rows: Rows = []
    leader, group = scheme.team_leader, scheme.group_leader
    if leader is not None:
        lead = f"{leader.post}管理津贴:"
        bands = _bands(leader.bands, f"{lead}团队完成率 ", percent)
        rows += [(label, f"团队净佣金(不低于 {_whole(leader.floor)})× {rate}") for label, rate in bands]
    if group is not None:
        rows.append((f"{group.post}津贴", f"每月 {_yuan(group.amount)}" + (",按出勤折算" if group.prorated else ",不折算")))
    return [*rows, ("其他补贴", "按每月核算输入")]


def _floors(scheme: Scheme) -> Rows:
    damages = "不扣"
    if scheme.damages is not None:
        damages = f"每月不超过当月工资的 {percent(scheme.damages.share_of_wage)},扣后不低于最低工资"
    prorated = "按出勤折算" if scheme.minimum_prorated else "不折算"
    return [
        ("赔偿扣款", damages),
        ("保底补足", f"工资(不含加班)扣除赔偿后低于当地最低工资的补足,最低工资{prorated}"),
        ("社保公积金", f"当月 {scheme.insurance_last_hire_day} 日(含)前入职的自当月缴纳,以后入职的自次月缴纳"),
        ("其他扣款", "税后扣除"),
    ]


def _afterwards(scheme: Scheme) -> Rows:
    recovery = scheme.recovery
    wage = f"连同赔偿扣款每月不超过当月工资的 {percent(recovery.share_of_wage)},扣后不低于最低工资,余额转下月"
    broker = f"每月不超过当月报酬的 {percent(recovery.broker_share)},余额转下月"
    return [
        ("多发扣回(员工)", wage),
        ("多发扣回(证券经纪人)", broker),
        ("离职时未发完的递延", LEAVERS_LOTS[scheme.leaver.lots]),
    ]


def _broker(scheme: Scheme) -> Rows:
    terms = scheme.broker
    urban, education, local = (percent(rate) for rate in terms.surtax_rates)
    relief = "" if terms.surtax_relief == 1 else f",减按 {percent(terms.surtax_relief)} 征收"
    return [
        ("提成", f"净佣金 × {percent(terms.contract_rate)},再乘职责系数和合规系数"),
        ("底薪、奖励、递延、社保、最低工资", "不适用"),
        ("增值税", VAT_MODES[terms.vat_mode]),
        ("附加税费", f"城建税 {urban}、教育费附加 {education}、地方教育附加 {local}{relief}"),
        (
            "个人所得税",
            f"不含税收入减 {percent(terms.expense_rate)} 费用为收入额,再减 {percent(terms.development_cost_rate)} 展业成本",
        ),
        ("风险金", f"绩效的 {percent(terms.risk_reserve)},税后扣"),
    ]
