"""What a person hands in about people and their powers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User

from branch.people.models import Person


class SignInForm(AuthenticationForm):
    """工号 and password. A log-in without a person behind it is refused like a wrong password."""

    error_messages = {"invalid_login": "工号或密码不对", "inactive": "工号或密码不对"}

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        if not Person.objects.filter(user_id=user.pk).exists():
            raise self.get_invalid_login_error()


class OwnPasswordForm(PasswordChangeForm):
    """The own password, with the old one first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "原密码"
        self.fields["new_password1"].label = "新密码"
        self.fields["new_password1"].help_text = "至少 10 位,不能全是数字,不能与工号、姓名相近,也不能是常见密码。"
        self.fields["new_password2"].label = "再输入一次新密码"
        self.fields["new_password2"].help_text = ""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "原密码不对,请重新输入",
        "password_mismatch": "两次输入的新密码不一致",
    }


class SearchForm(forms.Form):
    """The people list's filter."""

    q = forms.CharField(label="姓名 / 拼音首字母 / 工号 / 证件尾号", required=False, max_length=40)
