"""Attendance pay, rule by rule: what a day and an hour are worth, what absence costs, overtime, leave, damages, severance.

Day and hour are never rounded on the way: each rule multiplies first, divides last and rounds half-up once. Amounts are yuan.
Sources: 人社部发〔2025〕2号 (21.75); 劳动法第四十四条; 深圳市员工工资支付条例第二十三条;
工资支付暂行规定第十六条; 企业职工带薪年休假实施办法; 劳动合同法第二十条, 第四十七条.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, yuan
from payroll.reckoning.parameters import Lookup

STATUTORY_HOLIDAY = "statutory_holiday"
REST_DAY = "rest_day"
WORK_DAY = "work_day"
DAYS_OF_LEAVE_YEAR = 365  # 企业职工带薪年休假实施办法第五条 says 365, in leap years too


@dataclass(frozen=True, slots=True)
class Rates:
    """The dated figures of the rules."""

    paid_days: Decimal
    hours_a_day: Decimal
    sick_rate: Decimal
    sick_floor: Decimal
    overtime: tuple[Decimal, Decimal, Decimal]
    leave_extra: Decimal
    damage_share: Decimal
    probation_share: Decimal

    @classmethod
    def on(cls, lookup: Lookup, day: date) -> Rates:
        """The rates in force on `day`. Raises Missing for one that is not there."""

        def number(code: str) -> Decimal:
            return Decimal(str(lookup(code, day)))

        weekday, rest, statutory = (Decimal(str(rate)) for rate in _three(lookup("wage.overtime", day)))
        return cls(
            paid_days=number("wage.paid_days_month"),
            hours_a_day=number("wage.hours_day"),
            sick_rate=number("wage.sick_rate"),
            sick_floor=number("wage.sick_floor_of_min"),
            overtime=(weekday, rest, statutory),
            leave_extra=number("wage.annual_leave_extra"),
            damage_share=number("wage.damage_deduction_cap"),
            probation_share=number("wage.probation_share"),
        )


def _three(value: Any) -> tuple[Any, Any, Any]:
    weekday, rest, statutory = value
    return weekday, rest, statutory


def daily_wage(rates: Rates, base: Decimal) -> Decimal:
    return yuan(base / rates.paid_days)


def hourly_wage(rates: Rates, base: Decimal) -> Decimal:
    return yuan(base / (rates.paid_days * rates.hours_a_day))


def days_off(rates: Rates, base: Decimal, days: Decimal) -> Decimal:
    """事假 and 旷工 alike: an absent day costs that day, no multiple, at most the base."""
    return yuan(min(base * days / rates.paid_days, base))


def _sick_day(rates: Rates, base: Decimal, minimum_wage: Decimal) -> Decimal:
    """What a sick day pays × the paid days of a month."""
    return max(base * rates.sick_rate, minimum_wage * rates.sick_floor)


def sick_pay(rates: Rates, base: Decimal, days: Decimal, minimum_wage: Decimal) -> Decimal:
    return yuan(_sick_day(rates, base, minimum_wage) * days / rates.paid_days)


def sick_deduction(rates: Rates, base: Decimal, days: Decimal, minimum_wage: Decimal) -> Decimal:
    return yuan(max((base - _sick_day(rates, base, minimum_wage)) * days / rates.paid_days, ZERO))


def overtime(rates: Rates, base: Decimal, hours: Decimal, compensated: Decimal, day_kind: str) -> Decimal:
    """`hours` beyond the plan on a day of `day_kind`; `compensated` with time off, which a statutory holiday never is."""
    weekday, rest, statutory = rates.overtime
    if day_kind == STATUTORY_HOLIDAY:
        rate, counted = statutory, hours
    else:
        rate, counted = (rest if day_kind == REST_DAY else weekday), max(hours - compensated, ZERO)
    return yuan(base * counted * rate / (rates.paid_days * rates.hours_a_day))


def part_month_by_due_days(base: Decimal, worked: Decimal, due: Decimal) -> Decimal:
    return yuan(base * worked / due)


def part_month_by_paid_days(rates: Rates, base: Decimal, worked: Decimal) -> Decimal:
    return yuan(min(base * worked / rates.paid_days, base))


def unused_leave(rates: Rates, base: Decimal, days: Decimal) -> Decimal:
    """What is paid on top of the ordinary wage for leave not taken."""
    return yuan(base * days * rates.leave_extra / rates.paid_days)


def prorated_leave(day: date, days_a_year: Decimal) -> int:
    """Whole days of leave left for someone who begins on `day`, that day included."""
    left = (date(day.year, 12, 31) - day).days + 1
    return int(left * days_a_year // DAYS_OF_LEAVE_YEAR)


def damages(rates: Rates, wage: Decimal, amount: Decimal, minimum_wage: Decimal) -> Decimal:
    """At most the share of the month's wage, and the minimum wage stays."""
    return yuan(max(min(amount, wage * rates.damage_share, wage - minimum_wage), ZERO))


def severance_pay(base: Decimal, years: Decimal, months: Decimal) -> Decimal:
    """经济补偿: a month's wage a year; six months and more count as a year, less as half."""
    half, whole = Decimal("0.5"), Decimal(1)
    part = whole if months >= 6 else half if months > 0 else ZERO
    return yuan(base * (years + part))


def probation_floor(rates: Rates, base: Decimal, minimum_wage: Decimal) -> Decimal:
    return yuan(max(base * rates.probation_share, minimum_wage))
