"""What a person may hand in about rule documents."""

from __future__ import annotations

from typing import Any

from django import forms

from branch.org.models import Team
from branch.overtaken import SEEN, seen_field
from branch.widgets import DateInput
from kernel.seen import stamp
from teams.plans.rulebooks import rules
from teams.plans.rulebooks.models import RuleDocument


class TextForm(forms.Form):
    """The text and its days."""

    text = forms.CharField(label="正文", widget=forms.Textarea(attrs={"rows": 18}), help_text="一段一行,版本之间逐段对比")
    effective_from = forms.DateField(label="生效日期", widget=DateInput())
    effective_to = forms.DateField(label="失效日期", required=False, widget=DateInput(), help_text="没有的留空,由新版替代")

    def __init__(self, *args: Any, row: RuleDocument | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEEN] = seen_field()
        if row is not None:
            shown = {name: getattr(row, name) for name in ("text", "effective_from", "effective_to")}
            self.initial = {**shown, SEEN: stamp(row.content), **self.initial}

    @property
    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("text", "effective_from", "effective_to")}


class PlaceForm(forms.Form):
    """Of which team of the branch, and which kind."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), required=False, empty_label="全营业部各团队")
    kind = forms.ChoiceField(label="类别", choices=list(rules.KINDS.items()))

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams

    @property
    def place(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("team", "kind")}


class DraftForm(PlaceForm, TextForm):
    """A new version."""

    field_order = ("team", "kind", "effective_from", "effective_to", "text")


class RegisterForm(PlaceForm):
    """A paper that was approved before."""

    paper_no = forms.CharField(label="文号", max_length=40, help_text="例如 深营营销〔2026〕1号")
    effective_from = forms.DateField(label="生效日期", widget=DateInput())
    text = forms.CharField(label="正文", required=False, widget=forms.Textarea(attrs={"rows": 10}), help_text="可以只登记文号")
