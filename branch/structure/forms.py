from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch, Company, Department, Group, Outlet, Team
from branch.people.models import Person
from branch.structure.queries import candidates
from branch.widgets import DateInput, TimeInput

DATES = {"opened_on": DateInput(), "closed_on": DateInput()}


class CompanyForm(forms.ModelForm):
    class Meta:
        model = Company
        fields = ["name", "short_name", "opened_on"]
        widgets = DATES


class DepartmentForm(forms.ModelForm):
    class Meta:
        model = Department
        fields = ["code", "name", "opened_on", "closed_on"]
        widgets = DATES


class BranchForm(forms.ModelForm):
    class Meta:
        model = Branch
        fields = ["code", "name", "document_prefix", "groups_per_team", "opened_on", "closed_on"]
        widgets = DATES
        help_texts = {"code": "与 CRM 导出文件中的营业部代码一致,例如 0755FT", "document_prefix": "文号的开头,例如 深营"}


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ["name", "opened_on", "closed_on"]
        widgets = DATES


class GroupForm(forms.ModelForm):
    class Meta:
        model = Group
        fields = ["name", "opened_on", "closed_on"]
        widgets = DATES


class OutletForm(forms.ModelForm):
    class Meta:
        model = Outlet
        fields = ["name", "opens_at", "closes_at", "open_on_weekends", "opened_on", "closed_on"]
        widgets = {**DATES, "opens_at": TimeInput(), "closes_at": TimeInput()}
        help_texts = {"opens_at": "第八条:客户经理的上下班时间与所在网点一致"}


FORMS: dict[str, type[forms.ModelForm]] = {
    "company": CompanyForm,
    "department": DepartmentForm,
    "branch": BranchForm,
    "team": TeamForm,
    "group": GroupForm,
    "outlet": OutletForm,
}


class LeaderForm(forms.Form):
    """Who leads a team or group from when."""

    person = forms.ModelChoiceField(label="新负责人", queryset=Person.objects.none(), empty_label="请选择")
    since = forms.DateField(label="起", widget=DateInput(), help_text="原负责人任至前一天")

    def __init__(self, *args: Any, unit: Team | Group, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"since": timezone.localdate()}, **kwargs})
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = candidates(unit)
