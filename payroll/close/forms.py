"""What the company's page may be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from branch.widgets import MonthChoice
from kernel.months import Month
from payroll.close import queries
from payroll.close.rules import STEPS


def last_month() -> Month:
    """The month that has ended last: what a close is about unless another is asked for."""
    return Month.of(timezone.localdate()).previous


class CloseFilter(forms.Form):
    """The month, and which of its branches: name or code, step, only what isn't done. `sort` comes with the page's heads."""

    month = MonthChoice(label="所属月份", required=True)
    q = forms.CharField(label="名称或代码", required=False, max_length=40)
    step = forms.ChoiceField(label="进度", required=False, choices=[("", "全部"), *STEPS.items()])
    late = forms.ChoiceField(label="范围", required=False, choices=[("", "全部"), ("1", "只看未完成")])

    def __init__(self, data: Any) -> None:
        asked = {name: data.get(name, "") for name in ("month", "q", "step", "late")}
        super().__init__(asked | {"month": asked["month"] or str(last_month())})
        self.sort = str(data.get("sort", ""))

    def chosen(self, lines: Sequence[queries.Line]) -> list[queries.Line]:
        """Of the month's branches those asked for, in the order asked for."""
        given = self.cleaned_data
        wanted = {"q": given["q"].strip(), "step": given["step"], "late": bool(given["late"])}
        return queries.filtered(lines, **wanted, sort=self.sort)


class MonthOnly(forms.Form):
    month = MonthChoice(label="所属月份", required=True)


class RemindForm(MonthOnly):
    """One branch by its code, or (empty) all that the month waits for."""

    branch = forms.CharField(required=False, max_length=20)
