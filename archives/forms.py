"""What may be asked of the list and typed on receipt."""

from __future__ import annotations

from typing import Any

from django import forms

from archives.register import labels
from archives.states import STATES
from branch.widgets import MonthChoice


class FilingFilter(forms.Form):
    """The list's filter; everything optional, kept in the address."""

    q = forms.CharField(label="名称或备案号", required=False)
    kind = forms.ChoiceField(label="类别", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATES.items()])
    month = MonthChoice(label="所属月份")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "全部"), *labels().items()]  # type: ignore[attr-defined]


class ReceiveForm(forms.Form):
    """Receipt: the number may be left to the series."""

    number = forms.CharField(label="备案号", required=False, max_length=40, help_text="留空则由系统按年度顺序编号(综备〔年〕号)")
    location = forms.CharField(label="存放位置", required=False, max_length=80, help_text="例如 3 号柜第 2 层;只存电子件可留空")
