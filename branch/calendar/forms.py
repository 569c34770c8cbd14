from __future__ import annotations

from django import forms

from branch.calendar.models import SpecialDay
from branch.overtaken import seen_field
from branch.widgets import DateInput


class DayForm(forms.Form):
    """What a day is to be, and on what authority."""

    day = forms.DateField(label="日期", widget=DateInput())
    kind = forms.ChoiceField(label="类型", required=False, choices=[("", "平常日(按星期)"), *SpecialDay.Kind.choices])
    name = forms.CharField(label="名称", max_length=40, required=False, help_text="例如:国庆节")
    reason = forms.CharField(label="依据", max_length=200, help_text="放假通知的名称和文号")
    seen = seen_field()
