"""What a person may hand in: files, a choice of rows, a way to resolve them."""

from __future__ import annotations

from typing import Any

from django import forms

from branch.org.models import Branch
from clients.imports.kinds import (
    EXCEPTION_KINDS,
    KINDS,
    RESOLUTIONS,
    SHARED_ACCOUNT,
    SHARED_LABEL,
    UNCONFIRMED,
)
from clients.imports.models import ClientMonthQuerySet
from clients.imports.queries import exceptions_of
from clients.products.rules import OFF_THE_LIST
from clients.registry.forms import ANY
from kernel.months import Month


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or two files of the same month."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        single = super().clean
        return [single(one, initial) for one in data] if isinstance(data, list | tuple) else [single(data, initial)]


class UploadForm(forms.Form):
    """The month's files: client rows, sales, or both."""

    file = FilesField(
        label="文件", widget=SeveralFiles, error_messages={"required": "请先选择文件", "empty": "这份文件是空的,请重新导出"}
    )


class CompanyUploadForm(forms.Form):
    """The company's CSV."""

    file = forms.FileField(label="文件", error_messages={"required": "请先选择文件", "empty": "这份文件是空的,请重新导出"})


class ConfirmForm(forms.Form):
    """Why refused rows are left out, where there are any."""

    leave_out = forms.CharField(label="剔除原因", required=False, max_length=200)


class ExceptionFilter(forms.Form):
    """The exceptions' filter."""

    kind = forms.ChoiceField(
        label="类别",
        required=False,
        choices=[
            *ANY,
            *((kind, KINDS[kind]) for kind in (*EXCEPTION_KINDS, UNCONFIRMED) if kind not in OFF_THE_LIST),
            (SHARED_ACCOUNT, SHARED_LABEL),
        ],
    )
    show = forms.ChoiceField(label="显示", required=False, choices=[("", "待处理"), ("all", "含已处理")])

    def rows(self, branch: Branch, month: Month) -> ClientMonthQuerySet:
        """The client rows that the filters leave, for the page and for its export alike."""
        wanted = self.cleaned_data if self.is_valid() else {}
        return exceptions_of(branch, month, kind=wanted.get("kind", ""), open_only=self.open_only)

    @property
    def open_only(self) -> bool:
        return not (self.is_valid() and self.cleaned_data.get("show") == "all")


class ResolveForm(forms.Form):
    """How to resolve the ticked rows."""

    how = forms.ChoiceField(choices=list(RESOLUTIONS.items()))
    staff_no = forms.CharField(required=False, max_length=20)
    reason = forms.CharField(required=False, max_length=200)
