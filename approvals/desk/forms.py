"""What a person may hand in: the filters of the lists, an opinion, a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import authenticate
from django.db.models import Q
from django.http import HttpRequest

from approvals.requests.kinds import all_kinds
from approvals.requests.models import RequestQuerySet
from approvals.requests.states import STATE_WORDS
from branch.people.queries import person_for
from branch.people.second_factor import DIGITS, enrolled, verify
from branch.people.throttle import address_of
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


def _is_code(text: str) -> bool:
    """Six digits can be no password here: those have ten characters at least."""
    return len(text.strip()) == DIGITS and text.strip().isdecimal()


def password_entered(request: HttpRequest, password: str) -> bool:
    """Whether the password, or a code of the authenticator in use, was given again and is right.

    A wrong one is refused, and counts as a failed sign-in.
    """
    if not password:
        return False
    person = person_for(request.user.get_username())
    if _is_code(password) and enrolled(person) is not None:
        if not verify(person, password, address=address_of(request)):
            raise Refusal("动态验证码不正确或已用过,没有签署,请等换出新的验证码再输入", code="wrong_password")
        return True
    user = authenticate(request=request, username=request.user.get_username(), password=password)
    if user is None or user.pk != request.user.pk:
        raise Refusal("登录密码不正确,没有签署,请重新输入", code="wrong_password")
    return True
