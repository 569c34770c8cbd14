from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.widgets import DateInput


class UploadForm(forms.Form):
    """The roster's file, of which branch, and from when changes of known people hold."""

    branch = forms.ModelChoiceField(label="营业部", queryset=Branch.objects.none(), empty_label=None)
    effective = forms.DateField(
        label="变更生效日", widget=DateInput(), help_text="调动、职级、负责人等变更从这天起;新入职人员从入职日期起"
    )
    file = forms.FileField(label="名册文件")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **{"initial": {"effective": timezone.localdate()}, **kwargs})
        field = self.fields["branch"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = branches_visible_to(person, Power.ROSTER_IMPORT)
