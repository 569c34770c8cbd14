"""What a person may hand in: the filters of the lists, an opinion, a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils.datastructures import MultiValueDict

from approvals.desk.actions import Upload
from approvals.desk.rules import LARGEST
from approvals.requests.kinds import all_kinds
from approvals.requests.models import RequestQuerySet
from approvals.requests.states import STATE_WORDS
from kernel.refusals import Refusal


class RequestFilter(forms.Form):
    """类别, 状态, and a text looked for in number, title and applicant (name, 拼音首字母, 工号)."""

    kind = forms.ChoiceField(label="类别", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部"), *STATE_WORDS.items()])
    text = forms.CharField(
        label="关键词", required=False, max_length=60, widget=forms.TextInput(attrs={"placeholder": "单号、标题、发起人"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", "全部"), *((k.code, k.label) for k in all_kinds())]

    def narrow(self, rows: RequestQuerySet) -> RequestQuerySet:
        """The rows that the filters leave; an invalid filter narrows nothing."""
        chosen = self.cleaned_data if self.is_valid() else {}
        if chosen.get("kind"):
            rows = rows.filter(kind=chosen["kind"])
        if chosen.get("state"):
            rows = rows.filter(state=chosen["state"])
        text = chosen.get("text", "").strip()
        if text:
            applicant = (
                Q(applicant__name__icontains=text) | Q(applicant__staff_no=text) | Q(applicant__initials__istartswith=text)
            )
            rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text) | applicant)
        return rows


class DecisionForm(forms.Form):
    """One signature. The password is asked where the kind wants it."""

    act = forms.CharField(max_length=10)
    opinion = forms.CharField(required=False, max_length=1000)
    seen_digest = forms.CharField(max_length=64)
    seat = forms.IntegerField(required=False)
    password = forms.CharField(required=False, max_length=200, strip=False)

    def require(self) -> dict[str, Any]:
        """The cleaned values; a form that was tampered with or is too long is refused."""
        if not self.is_valid():
            raise Refusal("提交的内容不完整或意见超过 1000 字,请检查后再签署", code="bad_form")
        return self.cleaned_data


def uploads(files: MultiValueDict[str, UploadedFile], name: str = "files") -> list[Upload]:
    """The files of a form; of one that is too large only so much is read as shows it."""
    return [Upload(file.name or "", file.read(LARGEST + 1)) for file in files.getlist(name)]
