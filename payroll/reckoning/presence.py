"""Steps 5–7 of an employee: the base for the days in service, what absence and sickness take off, overtime."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from kernel.money import ZERO, half_up, yuan
from payroll.reckoning.facts import MonthInput, PersonFacts
from payroll.reckoning.parameters import MonthParameters
from payroll.reckoning.scheme import PAID_DAYS, Grade, Scheme
from payroll.reckoning.slip import INPUTS, Slip, percent

SHENZHEN = "深圳市员工工资支付条例"


class Days(NamedTuple):
    """The month's attendance; `out` = days not yet hired."""

    due: Decimal
    out: Decimal
    leave: Decimal
    sick: Decimal
    absence: Decimal


def days_of(inputs: MonthInput) -> Days:
    """Cells that are missing have been refused before; here they only satisfy the types."""
    due, worked = inputs.due_days or ZERO, inputs.worked_days or ZERO
    leave, sick, absence = inputs.personal_leave or ZERO, inputs.sick_leave or ZERO, inputs.absence or ZERO
    return Days(due, due - worked - leave - sick - absence, leave, sick, absence)


def base_band(scheme: Scheme, facts: PersonFacts, parameters: MonthParameters, completion: Decimal) -> tuple[Decimal, str]:
    """The share of the base that is paid, and why."""
    protection = scheme.protection
    if protection is not None and protection.covers(facts.hire_month, parameters.month):
        return protection.base_rate, f"{facts.hire_month.label}入职,保护期"
    return scheme.completion_bands.rate(completion), f"完成率 {completion}"


def base_pay(scheme: Scheme, base: Decimal, band: Decimal, days: Days) -> Decimal:
    """Step 5, half-up once: pro-rated by days due or by the paid days of a month, as the scheme says."""
    full, in_service = base * band, days.due - days.out
    if scheme.attendance.part_month == PAID_DAYS:
        return yuan(full if days.out == 0 else min(full * in_service / scheme.attendance.paid_days, full))
    return yuan(full * in_service / days.due)


def write_base_pay(slip: Slip, grade: Grade, days: Days, completion: Decimal) -> None:
    """Line 底薪."""
    scheme, facts = slip.scheme, slip.facts
    band, why = base_band(scheme, facts, slip.parameters, completion)
    by_days = "月计薪天数 {paid}(不超过整月)" if scheme.attendance.part_month == PAID_DAYS else "应出勤 {due} 天"
    part = f" × (应出勤 {{due}} 天 − 未在职 {{out}} 天) ÷ {by_days}" if days.out else ""
    slip.put(
        "底薪",
        base_pay(scheme, grade.base, band, days),
        "{grade}底薪 {base} × {band}({why})" + part,
        {
            "grade": facts.grade,
            "base": grade.base,
            "band": percent(band),
            "why": why,
            "due": days.due,
            "out": days.out,
            "paid": scheme.attendance.paid_days,
        },
        scheme.source,
    )


def attendance_deduction(scheme: Scheme, base: Decimal, minimum_wage: Decimal, days: Days) -> tuple[Decimal, Decimal]:
    """Step 6 before the cap: (for leave and absence, for sick days). Divided last, so that a half 分 is not lost on the way."""
    rule = scheme.attendance
    away = yuan(base * (days.leave * rule.unpaid_leave + days.absence * rule.absence) / rule.paid_days)
    sick_day = max(base * rule.sick_rate, minimum_wage * rule.sick_floor_of_minimum)
    return away, yuan(max(base - sick_day, ZERO) * days.sick / rule.paid_days)


def write_attendance(slip: Slip, grade: Grade, days: Days) -> None:
    """Line 考勤扣款."""
    scheme, parameters = slip.scheme, slip.parameters
    if not (days.leave or days.absence or days.sick):
        slip.put("考勤扣款", ZERO, "本月没有事假、病假和旷工", {}, INPUTS)
        return
    rule, minimum, cap = scheme.attendance, parameters.sick_minimum_wage, slip.figures["底薪"]
    away, sick = attendance_deduction(scheme, grade.base, minimum, days)
    slip.put(
        "考勤扣款",
        min(away + sick, cap),
        "日工资 {base} ÷ {paid} = {daily};事假 {leave} 天、旷工 {absence} 天扣 {away};病假 {sick_days} 天扣 {sick}"
        "(病假日工资不低于日工资的 {sick_rate} 和最低工资 {minimum} 的 {floor} ÷ {paid});合计不超过底薪 {cap}",
        {
            "base": grade.base,
            "paid": rule.paid_days,
            "daily": half_up(grade.base / rule.paid_days, 4),
            "leave": days.leave,
            "absence": days.absence,
            "away": away,
            "sick_days": days.sick,
            "sick": sick,
            "sick_rate": percent(rule.sick_rate),
            "minimum": minimum,
            "floor": percent(rule.sick_floor_of_minimum),
            "cap": cap,
        },
        SHENZHEN,
    )


def write_overtime(slip: Slip, grade: Grade) -> None:
    """Line 加班, each kind half-up."""
    scheme, inputs = slip.scheme, slip.inputs
    rule = scheme.overtime
    hours = (inputs.overtime_weekday or ZERO, inputs.overtime_rest or ZERO, inputs.overtime_statutory or ZERO)
    if not any(hours):
        slip.put("加班", ZERO, "本月没有加班", {}, INPUTS)
        return
    month_hours = scheme.attendance.paid_days * scheme.attendance.hours_a_day
    rates = (rule.weekday, rule.rest_day, rule.statutory)
    paid = [yuan(grade.base * number * rate / month_hours) for number, rate in zip(hours, rates, strict=True)]
    slip.put(
        "加班",
        sum(paid, ZERO),
        "小时工资 {base} ÷ {days} ÷ {hours_a_day} = {hourly};平日 {weekday} 小时 × {r1} = {p1},休息日 {rest} 小时 × {r2} = {p2},"
        "法定节假日 {statutory} 小时 × {r3} = {p3}",
        {
            "base": grade.base,
            "days": scheme.attendance.paid_days,
            "hours_a_day": scheme.attendance.hours_a_day,
            "hourly": half_up(grade.base / month_hours, 4),
            "weekday": hours[0],
            "rest": hours[1],
            "statutory": hours[2],
            "r1": rates[0],
            "r2": rates[1],
            "r3": rates[2],
            "p1": paid[0],
            "p2": paid[1],
            "p3": paid[2],
        },
        "劳动法第四十四条",
    )
