"""From the CRM's figures to days: a person's month as known on each day. What the rows date themselves (a client's opening day,
a sale's trading day) stands on its day; what only a whole file tells (assets, income, valid accounts) on its data's day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from branch.org.models import Branch
from clients.figures.dating import dated_values
from clients.figures.queries import lines_of
from clients.imports.queries import booked_batches
from kernel.money import ZERO
from kernel.months import Month
from teams.plans.targets.models import DayFigure
from teams.plans.targets.pace import data_day

Values = tuple[int, int, Decimal, Decimal, Decimal]  # accounts, valid accounts, assets, net income, product sales
Whole = tuple[int, Decimal, Decimal]  # valid accounts, assets, net income: known for a whole file only


@dataclass(frozen=True)
class Day:
    """A person's figures by the end of a day."""

    person: int
    day: date
    values: Values
    taken: bool
    latest: bool


def data_day_of(branch: Branch, month: Month) -> date | None:
    """The day whose business the month's last booked import holds; None before the first import."""
    booked = booked_batches(branch, month).exclude(booked_at=None).order_by("-booked_at").values_list("booked_at", flat=True)
    last = booked.first()
    return None if last is None else data_day(timezone.localtime(last), month)


def measure(branch: Branch, month: Month, day: date) -> list[Day]:
    """Everybody's days of the month, reckoned anew from the figures as they are; what earlier imports told is kept."""
    kept: dict[int, dict[date, Whole]] = {}
    rows = DayFigure.objects.filter(branch=branch, month=month, taken=True, day__lt=day).order_by()
    for who, on, *whole in rows.values_list("person", "day", "valid_accounts", "assets", "net_income"):
        kept.setdefault(who, {})[on] = tuple(whole)
    dated = dated_values(branch, month)
    found: list[Day] = []
    for line in lines_of(branch, month):
        who, values = line.person.pk, line.values
        wholes = kept.get(who, {}) | {day: _whole(values)}
        found += _days(who, wholes, dated.get(who, {}), values)
    return found


def _whole(values: Mapping[str, Any]) -> Whole:
    return values["new_valid_accounts"], values["assets_end"], values["net_commission"] + values["other_net_income"]


def _days(
    who: int, wholes: Mapping[date, Whole], dated: Mapping[date, tuple[int, Decimal]], values: Mapping[str, Any]
) -> list[Day]:
    last = max(wholes)
    days = sorted({*wholes, *(day for day in dated if day < last)})
    whole: Whole = (0, ZERO, ZERO)
    accounts, sales, found = 0, ZERO, []
    for day in days:
        whole = wholes.get(day, whole)
        opened, sold = dated.get(day, (0, ZERO))
        accounts, sales = accounts + opened, sales + sold
        if day == last:  # the last word is the figures', whatever days their rows carry
            accounts, sales = values["new_accounts"], values["product_sales_amount"]
        found.append(Day(who, day, (accounts, *whole, sales), day in wholes, day == last))
    return found
