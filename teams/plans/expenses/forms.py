"""What a person may hand in about expenses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from branch.org.models import Branch, Team
from branch.overtaken import SEEN, seen_field
from branch.people.choices import BranchChoice
from branch.rest.places import chosen
from branch.widgets import DateInput, MonthInput
from kernel.months import Month
from kernel.seen import stamp
from teams.plans.expenses.actions import shown_note
from teams.plans.expenses.models import ExpenseKind, ExpenseNote

LARGEST_FILE = 20 * 1024 * 1024


class ExpenseFilter(forms.Form):
    """Which branch, month, team and kind a page shows; where none is named the first branch and this month."""

    branch = BranchChoice(label="营业部", required=False)
    month = forms.CharField(label="月份", required=False, max_length=10, widget=MonthInput)
    team = forms.TypedChoiceField(label="团队", required=False, coerce=int, empty_value=None)
    kind = forms.TypedChoiceField(label="类别", required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, branches: list[Branch], teams: list[Team], kinds: list[ExpenseKind], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.branches, self.teams, self.kinds = branches, teams, kinds
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]
        if len(branches) < 2:
            self.fields["branch"].widget = forms.HiddenInput()
        self.fields["team"].choices = [("", "全部"), *((team.pk, team.name) for team in teams)]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", "全部"), *((kind.pk, kind.name) for kind in kinds)]  # type: ignore[attr-defined]
        self.is_valid()

    @property
    def branch_now(self) -> Branch:
        """Raises Unknown where the branch named isn't one of the person's: another is not meant."""
        return chosen(self.branches, str(self.data.get("branch") or ""))

    def clean_month(self) -> Month | None:
        try:
            return Month.parse(self.cleaned_data["month"]) if self.cleaned_data["month"] else None
        except ValueError as error:
            raise forms.ValidationError("请写成 2026-10 这样的月份") from error

    @property
    def month_now(self) -> Month:
        return self.cleaned_data.get("month") or Month.of(timezone.localdate())

    @property
    def team_now(self) -> Team | None:
        """The team chosen; where there is only one to choose from, that one."""
        wanted = self.cleaned_data.get("team")
        here = [team for team in self.teams if team.branch_id == self.branch_now.pk]
        return next((team for team in here if team.pk == wanted), here[0] if len(here) == 1 else None)

    @property
    def kind_now(self) -> ExpenseKind | None:
        return next((kind for kind in self.kinds if kind.pk == self.cleaned_data.get("kind")), None)


class ExpenseForm(forms.Form):
    """One expense with the paper that shows it."""

    team = forms.ModelChoiceField(label="团队", queryset=Team.objects.none(), empty_label="请选择")
    day = forms.DateField(label="日期", widget=DateInput(), help_text="费用发生或报销的日期")
    kind = forms.ModelChoiceField(label="类别", queryset=ExpenseKind.objects.all(), empty_label="请选择")
    amount = forms.DecimalField(label="金额(元)", max_digits=9, decimal_places=2, localize=False)
    activity = forms.CharField(label="活动", max_length=100, help_text="什么活动的费用,如:莲花社区投教讲座")
    paper = forms.FileField(label="凭据", help_text="发票、收据的照片或 PDF,20 MB 以内")

    def __init__(self, *args: Any, teams: QuerySet[Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = teams.filter(closed_on=None)  # type: ignore[attr-defined]
        self.fields["amount"].widget.attrs["inputmode"] = "decimal"

    def clean_paper(self) -> Any:
        file = self.cleaned_data["paper"]
        if file.size > LARGEST_FILE:
            raise forms.ValidationError("文件超过 20 MB,请压缩后再上传")
        return file


class VoidForm(forms.Form):
    reason = forms.CharField(label="作废原因", max_length=200, widget=forms.Textarea(attrs={"rows": 2}))


class ExpenseNoteForm(forms.Form):
    """Why a month cost too much, and what is done about it."""

    cause = forms.CharField(label="超限的原因", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))
    action = forms.CharField(label="压缩措施", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, note: ExpenseNote, **kwargs: Any) -> None:
        shown = shown_note(note)
        super().__init__(*args, **{"initial": {**shown, SEEN: stamp(shown)}, **kwargs})
        self.fields[SEEN] = seen_field()
