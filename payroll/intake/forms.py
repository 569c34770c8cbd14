"""What a person may hand in on the intake's pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch
from branch.people.choices import BranchChoice, branches_of
from branch.people.models import Person
from branch.people.roles import Power
from branch.widgets import MonthChoice
from kernel.months import Month
from kernel.refusals import Unknown
from payroll.intake.models import TaxMode
from payroll.intake.tax_modes import engaged_in_year
from payroll.reckoning.facts import FROM_JANUARY

LARGEST = 20 * 1024 * 1024


class BranchMonthForm(forms.Form):
    """Which branch and month a page shows. The branches are those where the person holds one of `powers`."""

    branch = BranchChoice(label="营业部", required=False)
    month = MonthChoice()

    def __init__(self, *args: Any, person: Person, powers: tuple[Power, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = branches_of(person, *powers)
        self.fields["branch"].offer(self.offered)  # type: ignore[attr-defined]

    def chosen_branch(self) -> Branch | None:
        """The branch asked for, or the first one there is."""
        if self.is_bound and "branch" in self.errors:
            raise Unknown("没有这个营业部,或不在您的权限范围内")
        if self.is_bound and self.cleaned_data.get("branch"):
            found: Branch = self.cleaned_data["branch"]
            return found
        return self.offered[0] if self.offered else None

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


class TaxYearForm(forms.Form):
    """Which branch and tax year a page shows: the first branch one may see and the running year unless asked otherwise."""

    branch = BranchChoice(label="营业部")
    year = forms.IntegerField(label="纳税年度", min_value=2021, max_value=2099)

    def __init__(self, data: Any, *, person: Person, powers: tuple[Power, ...]) -> None:
        branches = branches_of(person, *powers)
        asked = {"branch": branches[0].code if branches else "", "year": str(timezone.localdate().year)}
        super().__init__(asked | {name: data[name] for name in asked if data.get(name)})
        self.fields["branch"].offer(branches)  # type: ignore[attr-defined]


class TaxModeForm(forms.Form):
    """One person's way of counting 减除费用 in a tax year. 13号 asks for the word that these are the year's first wages."""

    person = forms.ModelChoiceField(Person.objects.none(), label="人员", empty_label="请选择")
    mode = forms.ChoiceField(
        label="减除方式", choices=TaxMode.MODES, initial=FROM_JANUARY, help_text="改回“按月累计”也在这里提,同样要另一人确认"
    )
    first_wage = forms.BooleanField(
        label="已核实:此人在本纳税年度内首次取得工资、薪金(13号公告必勾)",
        required=False,
    )
    reason = forms.CharField(
        label="理由与凭据",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如:2026 年 7 月应届毕业,毕业证编号……;本人声明 2026 年以前月份没有工资收入",
    )

    def __init__(self, data: Any, *, branch: Branch, year: int) -> None:
        super().__init__(data)
        people = engaged_in_year(branch, year).values("person")
        choices = Person.objects.filter(pk__in=people).order_by("staff_no")
        self.fields["person"].queryset = choices  # type: ignore[attr-defined]
        self.fields["person"].label_from_instance = lambda one: f"{one.staff_no} {one.name}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("mode") == FROM_JANUARY and not given.get("first_wage"):
            self.add_error("first_wage", "按13号公告提请时,请核实并勾选首次取得工资、薪金")
        return given
