"""What the pages of all rooms share: which branch and which month the address asks for."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls.converters import StringConverter

from branch.org.models import Branch
from kernel.months import Month
from kernel.refusals import Forbidden


class MonthConverter(StringConverter):
    """`2026-10` in an address as a `Month`; anything else is no such page."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> Month:  # type: ignore[override]
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        return str(value)


def chosen_branch(request: HttpRequest, branches: Sequence[Branch]) -> Branch:
    """The branch of `?branch=`, else the first the person has. Raises Forbidden when there is none."""
    return branch_named(request.GET.get("branch") or request.POST.get("branch") or "", branches)


def branch_named(code: str, branches: Sequence[Branch]) -> Branch:
    """The branch with that code among those the person has, else the first of them. Raises Forbidden when there is none."""
    if not branches:
        raise Forbidden("您没有可查看的营业部,如需要请联系系统管理员", code="forbidden")
    return next((branch for branch in branches if branch.code == code), branches[0])


def chosen_month(request: HttpRequest, months: Sequence[Month]) -> Month | None:
    """The month of `?month=`, if it is one of `months`, else the first of them."""
    return month_named(request.GET.get("month", ""), months)


def month_named(text: str, months: Sequence[Month]) -> Month | None:
    """The month written so, if it is one of `months`, else the first of them."""
    try:
        month = Month.parse(text) if text else None
    except ValueError:
        month = None
    return month if month in months else (months[0] if months else None)
