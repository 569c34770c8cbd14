"""What the pages of all rooms share: which branch and which month the address asks for."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest
from django.urls.converters import StringConverter

from branch.org.models import Branch
from branch.rest.places import chosen
from kernel.months import Month
from kernel.refusals import Forbidden, Unknown


class MonthConverter(StringConverter):
    """`2026-10` in an address as a `Month`; anything else is no such page."""

    regex = r"\d{4}-\d{2}"

    def to_python(self, value: str) -> Month:  # type: ignore[override]
        return Month.parse(value)

    def to_url(self, value: Month | str) -> str:
        return str(value)


def chosen_branch(request: HttpRequest, branches: Sequence[Branch]) -> Branch:
    """The branch that the form or, if it says none, the address names; where neither does, the first the person has."""
    return branch_named(named_branch(request), branches)


def named_branch(request: HttpRequest) -> str:
    """What the form says goes before the address it was opened at: a branch may have been chosen in it since."""
    return request.POST.get("branch") or request.GET.get("branch") or ""


def branch_named(code: str, branches: Sequence[Branch]) -> Branch:
    """The branch with that code among those the person has; without a code the first of them. Raises Unknown for another's code
    and for one the person has no more (what was meant for it must not happen elsewhere), Forbidden when there is none at all."""
    if not branches:
        raise Forbidden("您没有可查看的营业部,如需要请联系系统管理员", code="forbidden")
    return chosen(branches, code)


def chosen_month(request: HttpRequest, months: Sequence[Month]) -> Month | None:
    """The month of `?month=`, if it is one of `months`, else the first of them."""
    text = request.GET.get("month", "")
    try:
        month = Month.parse(text) if text else None
    except ValueError:
        month = None
    return month if month in months else (months[0] if months else None)


def month_asked(text: str) -> Month | None:
    """The month that an act or a file is asked for, if any. Raises Unknown where the text is no month: another is not meant."""
    try:
        return Month.parse(text) if text else None
    except ValueError as error:
        raise Unknown("没有这个月份") from error
