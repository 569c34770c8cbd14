"""What keeps a person from being reckoned: missing cells and impossible figures, named by person and column. Never a default."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.money import total
from payroll.reckoning import vat
from payroll.reckoning.facts import BROKER, INPUT_COLUMNS, KINDS, TAX_MODES, Carried, MonthInput, PersonFacts, TeamFigures
from payroll.reckoning.lines import Problem
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.scheme import Scheme
from payroll.reckoning.tax import BrokerChain, SalaryChain

BOTH = ("target", "duty_score", "complaints", "serious_violation", "other_allowance", "other_deduction")
ATTENDANCE = (
    "due_days",
    "worked_days",
    "personal_leave",
    "sick_leave",
    "absence",
    "overtime_weekday",
    "overtime_rest",
    "overtime_statutory",
)
EMPLOYEE_ONLY = (*ATTENDANCE, "damages_balance")
_NOT_NEGATIVE = (*ATTENDANCE, "damages_balance", "complaints", "duty_score", "vat")

# A problem before it has a person: column, sentence, code.
Found = Iterator[tuple[str, str, str]]


def problems(
    scheme: Scheme, parameters: MonthParameters, facts: PersonFacts, carried: Carried, team: TeamFigures | None = None
) -> tuple[Problem, ...]:
    """Everything that is missing or impossible for this person; empty when `reckon` can go ahead."""
    found = [*_person(parameters, facts), *_balances(parameters, facts, carried)]
    if facts.kind in KINDS:
        found += _broker(parameters, facts) if facts.is_broker else _employee(scheme, parameters, facts, team)
    return tuple(Problem(facts.staff_no, facts.name, column, sentence, code) for column, sentence, code in found)


def _person(parameters: MonthParameters, facts: PersonFacts) -> Found:
    if facts.kind not in KINDS:
        yield "用工性质", f"用工性质“{facts.kind}”不明,应为{'或'.join(KINDS)}", "kind_unknown"
    if facts.hired_on > parameters.month.last:
        yield "入职日期", f"入职日期 {facts.hired_on} 晚于 {parameters.month.label},本月不应核算", "not_hired"
    if facts.tax_mode not in TAX_MODES:
        yield "扣税方式", f"扣税方式“{facts.tax_mode}”不明", "tax_mode_unknown"
    if facts.inputs is None:
        yield "核算输入", f"{parameters.month.label}的核算输入没有此人", "inputs_missing"


def _cells(inputs: MonthInput, names: tuple[str, ...]) -> Found:
    for name in names:
        value = getattr(inputs, name)
        if value is None:
            yield INPUT_COLUMNS[name], f"核算输入缺“{INPUT_COLUMNS[name]}”", "cell_missing"
        elif name in _NOT_NEGATIVE and value < 0:
            yield INPUT_COLUMNS[name], f"“{INPUT_COLUMNS[name]}”不能为负:{value}", "cell_negative"
    if inputs.target is not None and inputs.target <= 0:
        yield "目标净佣金", f"“目标净佣金”必须大于 0,现为 {inputs.target}", "target_not_positive"


def _balances(parameters: MonthParameters, facts: PersonFacts, carried: Carried) -> Found:
    chain, payment = carried.chain, parameters.payment_month
    if chain is None:
        if facts.hire_month < parameters.month:
            yield "期初余额", _no_opening(facts, parameters), "opening_missing"
        return
    if isinstance(chain, BrokerChain) != (facts.kind == BROKER):
        yield "期初余额", "累计税款与用工性质不符:员工与证券经纪人分别累计", "chain_kind"
    elif (chain.year, chain.last_month) > (payment.year, payment.month):
        yield "发放月份", f"{chain.year}年{chain.last_month}月的工资已经发放,不能再按 {payment.label}发放", "month_passed"
    if carried.negative_commission > 0:
        yield "负佣金结转", f"负佣金结转不能为正:{carried.negative_commission}", "carry_positive"
    if isinstance(chain, SalaryChain) and any(lot.balance < 0 or lot.left < 1 for lot in carried.lots):
        yield "递延余额", "递延余额或剩余期数不对", "lot_bad"


def _no_opening(facts: PersonFacts, parameters: MonthParameters) -> str:
    """Also of somebody whose hire came to be known after the month before was signed: what they can do is not obvious."""
    month = parameters.month.label
    return (
        f"{facts.hired_on} 入职,早于 {month},却没有期初余额;请导入首个核算月份为 {month}的期初余额并由另一人确认"
        "(还没有在本单位领过薪的,各项填 0,累计减除费用自入职月填起),此前应发而未发的用“更正”的手工补发"
    )


def _broker(parameters: MonthParameters, facts: PersonFacts) -> Found:
    if facts.inputs is None:
        return
    yield from _cells(facts.inputs, BOTH)
    if parameters.vat.mode == vat.MANUAL:
        yield from _cells_once(facts.inputs, "vat")


def _cells_once(inputs: MonthInput, name: str) -> Found:
    for column, sentence, code in _cells(inputs, (name,)):
        if column == INPUT_COLUMNS[name]:
            yield column, sentence, code


def _employee(scheme: Scheme, parameters: MonthParameters, facts: PersonFacts, team: TeamFigures | None) -> Found:
    yield from _contract(scheme, parameters, facts)
    yield from _sales(scheme, facts)
    if facts.inputs is not None:
        yield from _cells(facts.inputs, (*BOTH, *EMPLOYEE_ONLY))
        yield from _days(facts.inputs, facts, parameters)
    leader = scheme.team_leader
    if leader is not None and facts.post == leader.post:
        if team is None:
            yield "团队", f"没有{facts.team or '团队'}的合计,不能算管理津贴", "team_missing"
        elif team.target is None or team.target <= 0:
            yield "目标净佣金", f"{team.team}有人缺“目标净佣金”,不能算团队完成率", "team_target_missing"


def _contract(scheme: Scheme, parameters: MonthParameters, facts: PersonFacts) -> Found:
    if facts.grade not in scheme.grades:
        yield "职级", f"职级“{facts.grade or '空'}”不在薪酬方案内,方案有:{'、'.join(scheme.grades)}", "grade_unknown"
    if facts.contribution_base is None or facts.contribution_base <= 0:
        yield "社保基数", "名册缺“社保基数”", "base_missing"
    if facts.medical_tier not in (1, 2):
        yield "医疗档", "名册缺“医疗档”(一档或二档)", "medical_missing"
    rate, least = facts.housing_fund_rate, parameters.items["housing_fund"].employer
    if rate is None:
        yield "公积金比例", "名册缺“公积金比例”", "fund_missing"
    elif rate < least or (rate * 100) % 1 != 0:
        yield "公积金比例", f"公积金比例应是整数百分比,且不低于单位比例 {least * 100:.0f}%,现为 {rate * 100:f}%", "fund_rate"
    if facts.additional_total is None:
        yield "专项附加合计", "名册缺“专项附加合计”", "additional_missing"
    elif facts.additional and total(facts.additional.values()) != facts.additional_total:
        each = total(facts.additional.values())
        yield "专项附加合计", f"专项附加各项之和 {each} 与合计 {facts.additional_total} 不符", "additional_sum"


def _sales(scheme: Scheme, facts: PersonFacts) -> Found:
    if scheme.product_award is None:
        return
    for code in sorted({sale.product_code for sale in facts.sales} - set(scheme.product_award.rates)):
        yield "产品代码", f"产品代码“{code}”在薪酬方案里没有奖励率", "product_unknown"


def _days(inputs: MonthInput, facts: PersonFacts, parameters: MonthParameters) -> Found:
    cells = (inputs.due_days, inputs.worked_days, inputs.personal_leave, inputs.sick_leave, inputs.absence)
    if any(cell is None for cell in cells):
        return
    due, worked, leave, sick, absence = (cell for cell in cells if cell is not None)
    if due <= 0:
        yield "应出勤天数", f"“应出勤天数”必须大于 0,现为 {due}", "due_days"
        return
    out = due - worked - leave - sick - absence
    if out < 0:
        yield "实出勤天数", f"实出勤、事假、病假、旷工合计比应出勤多 {-out} 天", "days_exceed"
    elif out > 0 and facts.hired_on not in parameters.month and facts.left_on is None:
        yield "实出勤天数", f"实出勤、事假、病假、旷工合计比应出勤少 {out} 天,而本月不是入职月,也没有登记离职", "days_missing"
