from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch, Company, Department, Group, Outlet, Team
from branch.overtaken import SEEN, seen_field
from branch.people.models import Person
from branch.structure.actions import values
from branch.structure.queries import candidates
from branch.widgets import DateInput, TimeInput
from kernel.seen import stamp


class UnitForm(forms.ModelForm):
    """A unit's fields, and the stamp of what the page showed of them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEEN] = seen_field()
        if self.instance.pk:
            self.initial[SEEN] = stamp(values(self.instance))


DATES = {"opened_on": DateInput(), "closed_on": DateInput()}


class CompanyForm(UnitForm):
    class Meta:
        model = Company
        fields = ["name", "short_name", "opened_on"]
        widgets = DATES


class DepartmentForm(UnitForm):
    class Meta:
        model = Department
        fields = ["code", "name", "opened_on", "closed_on"]
        widgets = DATES


class BranchForm(UnitForm):
    class Meta:
        model = Branch
        fields = ["code", "name", "document_prefix", "groups_per_team", "opened_on", "closed_on"]
        widgets = DATES
        help_texts = {"code": "与 CRM 导出文件中的营业部代码一致,例如 0755FT", "document_prefix": "文号的开头,例如 深营"}


class TeamForm(UnitForm):
    class Meta:
        model = Team
        fields = ["name", "opened_on", "closed_on"]
        widgets = DATES
        help_texts = {"opened_on": "新建的团队为筹办中,年度方案批准后再启用(指引第三条)"}


class GroupForm(UnitForm):
    class Meta:
        model = Group
        fields = ["name", "opened_on", "closed_on"]
        widgets = DATES


class OutletForm(UnitForm):
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


class BeginForm(forms.Form):
    """From which day a team works."""

    on = forms.DateField(label="启用日", widget=DateInput(), help_text="今天或以后的一天;从这天起可以调入组员、计算目标和日志")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"on": timezone.localdate()}, **kwargs})


class LeaderForm(forms.Form):
    """Who leads a team or group from when."""

    person = forms.ModelChoiceField(label="新负责人", queryset=Person.objects.none(), empty_label="请选择")
    since = forms.DateField(label="起", widget=DateInput(), help_text="原负责人任至前一天")

    def __init__(self, *args: Any, unit: Team | Group, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"since": timezone.localdate()}, **kwargs})
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = candidates(unit)
