"""What a person hands in about people and their powers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone

from branch.org.models import Branch, Department, Group, Team
from branch.people.models import Engagement, Person, RoleHolding
from branch.people.queries import current, with_left
from branch.people.roles import ROLES, Scope
from branch.widgets import DateInput
from kernel.refusals import Refusal


class SignInForm(AuthenticationForm):
    """工号 and password. A log-in without a person, or of one who has left, is refused like a wrong password."""

    error_messages = {"invalid_login": "工号或密码不对", "inactive": "工号或密码不对"}

    def confirm_login_allowed(self, user: User) -> None:
        super().confirm_login_allowed(user)
        people = with_left(Person.objects.filter(user_id=user.pk), timezone.localdate())
        if not people.filter(has_left=False).exists():
            raise self.get_invalid_login_error()


class OwnPasswordForm(PasswordChangeForm):
    """The own password, with the old one first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "原密码"
        self.fields["new_password1"].label = "新密码"
        self.fields["new_password1"].help_text = "至少 10 位,不能全是数字,不能与工号相近,也不能是常见密码。"
        self.fields["new_password2"].label = "再输入一次新密码"
        self.fields["new_password2"].help_text = ""

    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "原密码不对,请重新输入",
        "password_mismatch": "两次输入的新密码不一致",
    }


class OwnPasswordField(forms.CharField):
    """The own password once more (or the code in use), for an act that whoever finds a browser open must not do."""

    def __init__(self) -> None:
        super().__init__(
            label="您的登录密码",
            max_length=200,
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
            help_text="启用了动态验证码的,也可以输 6 位验证码",
        )


class ReenteredForm(forms.Form):
    """A form that asks for the own password, too."""

    def told(self, refusal: Refusal) -> Refusal | None:
        """What the page says of the refusal above everything; None where it is about the password and stands at its field."""
        if refusal.code != "wrong_password":
            return refusal
        self.add_error("password", refusal.sentence)
        self.fields["password"].widget.attrs["autofocus"] = True
        return None


class PeopleFilter(forms.Form):
    """The people list's filters."""

    q = forms.CharField(label="姓名 / 拼音首字母 / 工号 / 证件尾号", required=False, max_length=40)
    kind = forms.ChoiceField(label="用工性质", required=False, choices=[("", "全部"), *Engagement.Kind.choices])
    contract = forms.ChoiceField(label="合同", required=False, choices=[("", "全部"), ("expiring", "30 天内到期或已到期")])


class RegisterForm(forms.Form):
    """Somebody new, whom no roster brings."""

    staff_no = forms.CharField(label="工号", max_length=20, help_text="也是登录名")
    name = forms.CharField(label="姓名", max_length=40)
    department = forms.ModelChoiceField(
        label="总部部门",
        queryset=Department.objects.filter(closed_on=None),
        required=False,
        empty_label="营业部人员",
        help_text="营业部人员不选:授予角色时选营业部,岗位由名册登记",
    )


class GroupChoice(forms.ModelChoiceField):
    """A group by its team and name: each team has its own 第1组."""

    def label_from_instance(self, obj: Group) -> str:
        return f"{obj.team} {obj}"


class TeamChoice(forms.ModelChoiceField):
    """A team by its branch and name: more than one branch has a 营销一队."""

    def label_from_instance(self, obj: Team) -> str:
        return f"{obj.branch} {obj}"


class GrantForm(ReenteredForm):
    """A role to hand out: which, where, from when; and the password. What is closed is not offered."""

    role = forms.ChoiceField(label="角色", choices=[("", "请选择"), *((code, role.label) for code, role in ROLES.items())])
    branch = forms.ModelChoiceField(label="营业部", queryset=Branch.objects.none(), required=False, empty_label="不适用")
    team = TeamChoice(label="团队", queryset=Team.objects.none(), required=False, empty_label="不适用")
    group = GroupChoice(label="小组", queryset=Group.objects.none(), required=False, empty_label="不适用")
    department = forms.ModelChoiceField(
        label="总部部门",
        queryset=Department.objects.none(),
        required=False,
        empty_label="本人所在部门",
        help_text="仅总部角色:代表另一部门签署时选择",
    )
    since = forms.DateField(label="起", widget=DateInput())
    until = forms.DateField(label="止", widget=DateInput(), required=False, help_text="长期请留空")
    reason = forms.CharField(label="依据", max_length=200, help_text="任命文件或批准人")
    password = OwnPasswordField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("since", timezone.localdate())
        offered = {
            "branch": Branch.objects.filter(_open()),
            "team": Team.objects.filter(_open(), _open("branch__")).select_related("branch"),
            "group": Group.objects.filter(_open(), _open("team__"), _open("team__branch__")).select_related("team"),
            "department": Department.objects.filter(_open()),
        }
        for name, units in offered.items():
            self.fields[name].queryset = units  # type: ignore[attr-defined]


def _open(path: str = "") -> Q:
    """Not closed by today; `path` leads to the unit."""
    return Q(**{f"{path}closed_on": None}) | Q(**{f"{path}closed_on__gte": timezone.localdate()})


class EndForm(ReenteredForm):
    """How a role ends: after which day, why; and the password, but for what one has lent oneself (`own`)."""

    last_day = forms.DateField(label="最后一天", widget=DateInput(), required=False, help_text="不填则立即终止")
    reason = forms.CharField(label="原因", max_length=200)
    password = OwnPasswordField()

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].required = not own


class RenewForm(ReenteredForm):
    """重置密码 of another: the own one."""

    password = OwnPasswordField()


class FactorResetForm(ReenteredForm):
    """重置动态验证码 of another: why, and the own password."""

    reason = forms.CharField(label="原因", max_length=200, help_text="手机遗失或更换时重置;请先当面核对本人")
    password = OwnPasswordField()


class DelegationForm(forms.Form):
    """One's own role, lent for a while."""

    holding = forms.ModelChoiceField(label="委托的角色", queryset=RoleHolding.objects.none(), empty_label="请选择")
    to = forms.CharField(label="受托人工号", max_length=20)
    since = forms.DateField(label="起", widget=DateInput())
    until = forms.DateField(label="止", widget=DateInput())
    reason = forms.CharField(label="原因", max_length=200, help_text="例如:休假、出差")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["holding"]
        assert isinstance(field, forms.ModelChoiceField)
        lendable = [code for code, role in ROLES.items() if role.scope != Scope.SELF]
        field.queryset = RoleHolding.objects.filter(
            current(timezone.localdate()), person=person, delegated_by=None, role__in=lendable
        ).select_related("branch", "team", "group", "department")


class TokenForm(ReenteredForm):
    """A new 接口令牌: what for, until when; and the password, for whoever finds a browser open must not take its powers along."""

    name = forms.CharField(label="用途", max_length=60, help_text="例如:总部报表系统")
    expires_on = forms.DateField(label="到期日", widget=DateInput(), help_text="最长一年;不再使用请及时终止")
    password = OwnPasswordField()


class LeavingForm(forms.Form):
    """Somebody leaves: the last day at work, and why."""

    last_day = forms.DateField(label="最后工作日", widget=DateInput(), help_text="当天仍在职;职级、岗位、角色从次日起终止")
    reason = forms.CharField(label="离职原因", max_length=200, help_text="例如:本人辞职、合同到期、协商解除")
