"""What a person may hand in on the intake's pages."""

from __future__ import annotations

from typing import Any

from django import forms

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from kernel.months import Month
from kernel.refusals import Unknown

LARGEST = 20 * 1024 * 1024


class MonthChoice(forms.CharField):
    """A month typed or picked: 2026-10."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-10"})
        super().__init__(max_length=10, widget=widget, **kwargs)

    def clean(self, value: Any) -> Month | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return Month.parse(text)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class BranchMonthForm(forms.Form):
    """Which branch and month a page shows. The branches are those where the person holds one of `powers`."""

    branch = forms.ModelChoiceField(Branch.objects.none(), label="营业部", to_field_name="code", empty_label=None, required=False)
    month = MonthChoice(label="月份", required=False)

    def __init__(self, *args: Any, person: Person, powers: tuple[Power, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes = {branch.code for power in powers for branch in branches_visible_to(person, power)}
        self.fields["branch"].queryset = Branch.objects.filter(code__in=codes)  # type: ignore[attr-defined]

    def chosen_branch(self) -> Branch | None:
        """The branch asked for, or the first one there is."""
        if self.is_bound and "branch" in self.errors:
            raise Unknown("没有这个营业部,或不在您的权限范围内")
        if self.is_bound and self.cleaned_data.get("branch"):
            found: Branch = self.cleaned_data["branch"]
            return found
        first: Branch | None = self.fields["branch"].queryset.first()  # type: ignore[attr-defined]
        return first

    def chosen_month(self, default: Month) -> Month:
        """The month asked for, or `default`."""
        if self.is_bound and self.is_valid() and self.cleaned_data.get("month"):
            found: Month = self.cleaned_data["month"]
            return found
        return default


class ImportForm(BranchMonthForm):
    """A file for a branch and month; the month may be left to the file's name."""

    file = forms.FileField(label="文件", widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > LARGEST:
            raise forms.ValidationError("文件超过 20 MB,请删去多余的内容后再上传")
        return file


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200)
