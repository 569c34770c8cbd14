"""What a person may hand in about a business analysis report: which period a list shows, and the words. Never a figure."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from branch.overtaken import SEEN, seen_field
from kernel.months import Month
from kernel.seen import stamp
from teams.plans.reports import rules
from teams.plans.reports.models import AnalysisReport

OFFERED = {rules.MONTH: 24, rules.HALF: 6, rules.YEAR: 5}
"""How many past periods of a kind a list offers."""


def periods(kind: str) -> list[Month]:
    """The ended periods that may be chosen, the newest first."""
    last = rules.latest_period(kind, timezone.localdate())
    return [last + -(rules.LENGTHS[kind] * back) for back in range(OFFERED[kind])]


class PeriodFilter(forms.Form):
    """Which kind and period a list shows; unknown words mean the newest month."""

    kind = forms.ChoiceField(label="类别", required=False, choices=list(rules.KINDS.items()))
    month = forms.ChoiceField(label="期间", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        said = self.data.get("kind", "")
        self.chosen_kind = said if said in rules.KINDS else rules.MONTH
        offered = periods(self.chosen_kind)
        field = self.fields["month"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(last), rules.period_label(self.chosen_kind, last)) for last in offered]
        wanted = {str(last): last for last in offered}
        self.chosen_month = wanted.get(self.data.get("month", ""), offered[0])
        self.data = {"kind": self.chosen_kind, "month": str(self.chosen_month)}


class BeginForm(forms.Form):
    """Of which team and period a report is begun."""

    team = forms.IntegerField()
    kind = forms.ChoiceField(choices=list(rules.KINDS.items()))
    month = forms.CharField(max_length=7)

    def clean_month(self) -> Month:
        try:
            return Month.parse(self.cleaned_data["month"])
        except ValueError:
            raise forms.ValidationError("请从列表选择期间") from None


class TextForm(forms.Form):
    """The leader's words."""

    analysis = forms.CharField(
        label="业务分析说明",
        required=False,
        max_length=rules.LONGEST,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="本期业务进展、与目标的差距和原因",
    )
    issues = forms.CharField(
        label="问题与措施",
        required=False,
        max_length=rules.LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="问题、措施、责任人和时间;投诉与合规事件也写在这里",
    )
    next_plan = forms.CharField(
        required=False, max_length=rules.LONGEST, widget=forms.Textarea(attrs={"rows": 6}), help_text="下一期要做的事"
    )

    def __init__(self, *args: Any, report: AnalysisReport, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {**report.texts, SEEN: stamp(report.texts)}, **kwargs})
        self.fields["next_plan"].label = rules.next_label(report.kind)
        self.fields[SEEN] = seen_field()

    @property
    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in rules.TEXTS}
