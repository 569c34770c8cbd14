from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.people.actions import REVEALABLE
from branch.people.models import ApiToken, Engagement, GradeHolding, Leadership, Posting, RoleHolding
from branch.people.roles import ROLES, Power
from branch.rest.fields import BranchCode, PersonBrief, UnitBrief
from branch.rest.serializers import Given, RowOut

SPAN = ["effective_from", "effective_to"]


class PersonLineOut(serializers.Serializer[Any]):
    """A person as a list shows one."""

    staff_no = serializers.CharField(source="person.staff_no", label="工号")
    name = serializers.CharField(source="person.name", label="姓名")
    branch = BranchCode(source="posting.branch", default=None, allow_null=True)
    team = UnitBrief(source="posting.team", default=None, allow_null=True, label="团队")
    group = UnitBrief(source="posting.group", default=None, allow_null=True, label="小组")
    post = serializers.CharField(source="posting.post", default="", label="岗位")
    grade = serializers.CharField(label="职级")
    kind = serializers.ChoiceField(
        Engagement.Kind.choices, source="engagement.kind", default=None, allow_null=True, label="用工性质"
    )
    contract_state = serializers.CharField(label="合同状态")
    department = serializers.CharField(label="总部部门")
    duty = serializers.CharField(label="职责")


class EngagementOut(RowOut):
    class Meta:
        model = Engagement
        fields = ["id", "branch", "kind", "kind_label", "hired_on", "ended_on", "contract_from", "contract_to"]


class PostingOut(RowOut):
    class Meta:
        model = Posting
        fields = ["id", "branch", "post", "team", "group", "outlet", *SPAN]


class GradeOut(RowOut):
    class Meta:
        model = GradeHolding
        fields = ["grade", *SPAN]


class LedOut(RowOut):
    class Meta:
        model = Leadership
        fields = ["team", "group", *SPAN]


class HoldingOut(RowOut):
    """A role held, or lent."""

    class Meta:
        model = RoleHolding
        fields = [
            *("id", "person", "role", "role_label", "department", "branch", "team", "group"),
            *(*SPAN, "delegated_by", "reason"),
        ]


class PersonOut(serializers.Serializer[Any]):
    """A person: personal numbers masked."""

    staff_no = serializers.CharField(source="person.staff_no", label="工号")
    name = serializers.CharField(source="person.name", label="姓名")
    sex = serializers.CharField(source="person.sex", label="性别")
    department = UnitBrief(source="person.department", allow_null=True, label="总部部门")
    registration_no = serializers.CharField(source="person.registration_no", label="从业登记编号")
    id_number = serializers.CharField(source="person.masked_id_number", label="证件号码(掩码)")
    phone = serializers.CharField(source="person.masked_phone", label="手机号(掩码)")
    bank_name = serializers.CharField(source="person.bank_name", label="开户行")
    bank_account = serializers.CharField(source="person.masked_bank_account", label="银行卡号(掩码)")
    has_left = serializers.BooleanField(label="已离职")
    engagements = EngagementOut(many=True)
    postings = PostingOut(many=True)
    grades = GradeOut(many=True)
    leaderships = LedOut(many=True)


class MeOut(PersonOut):
    """Oneself, with one's powers of today."""

    holdings = HoldingOut(many=True)
    powers = serializers.ListField(
        child=serializers.ChoiceField([(power.value, power.label) for power in Power]), label="今天的权限"
    )


class RevealGiven(Given):
    """Which number, and why."""

    what = serializers.ChoiceField(list(REVEALABLE.items()), label="项目")
    reason = serializers.CharField(label="原因", max_length=200, min_length=2)


class RevealOut(serializers.Serializer[Any]):
    """One number in clear; the look is logged."""

    what = serializers.CharField(label="项目")
    value = serializers.CharField(label="内容", allow_blank=True)


class PowerOut(serializers.Serializer[Any]):
    """A power, and the role it comes from."""

    power = serializers.CharField(label="权限")
    label = serializers.CharField(label="权限(中文)")  # type: ignore[assignment]
    holding = serializers.IntegerField(label="来自哪项授权")


class RolesOut(serializers.Serializer[Any]):
    """What a person holds, and what it lets them do."""

    holdings = HoldingOut(many=True)
    powers = PowerOut(many=True)


class RegisterGiven(Given):
    """Somebody new; `department` for head office only."""

    staff_no = serializers.CharField(label="工号", max_length=20)
    name = serializers.CharField(label="姓名", max_length=40)
    department = serializers.CharField(label="总部部门代码", max_length=20, required=False)


class PasswordGiven(Given):
    """The own password again (or the code in use): a token alone, which may have been taken, hands out no power."""

    password = serializers.CharField(label="本人登录密码", max_length=200, trim_whitespace=False)


class GrantGiven(PasswordGiven):
    """A role to hand out; `department`: which one a head-office role speaks for (left out: the person's own)."""

    role = serializers.ChoiceField([(code, role.label) for code, role in ROLES.items()], label="角色")
    branch = serializers.CharField(label="营业部代码", max_length=20, required=False)
    team = serializers.IntegerField(label="团队编号", required=False, min_value=1)
    group = serializers.IntegerField(label="小组编号", required=False, min_value=1)
    department = serializers.CharField(label="总部部门代码", max_length=20, required=False)
    since = serializers.DateField(label="起")
    until = serializers.DateField(label="止", required=False, allow_null=True)
    reason = serializers.CharField(label="依据", max_length=200)


class EndGiven(Given):
    """The last day of a role (left out: yesterday, that is at once), and why; the password, but for what one has lent oneself."""

    last_day = serializers.DateField(label="最后一天", required=False)
    reason = serializers.CharField(label="原因", max_length=200)
    password = serializers.CharField(label="本人登录密码", max_length=200, trim_whitespace=False, allow_blank=True, default="")


class DelegationGiven(Given):
    """One's own role, lent."""

    holding = serializers.IntegerField(label="委托的授权编号", min_value=1)
    to = serializers.CharField(label="受托人工号", max_length=20)
    since = serializers.DateField(label="起")
    until = serializers.DateField(label="止")
    reason = serializers.CharField(label="原因", max_length=200)


class LeavingGiven(Given):
    """The last day at work, and why."""

    last_day = serializers.DateField(label="最后工作日")
    reason = serializers.CharField(label="离职原因", max_length=200)


class PasswordOut(serializers.Serializer[Any]):
    """A new password, told this once."""

    person = PersonBrief()
    password = serializers.CharField(label="新密码")


class FactorResetGiven(PasswordGiven):
    """Why the authenticator is taken off."""

    reason = serializers.CharField(label="原因", max_length=200)


class TokenOut(RowOut):
    """A 接口令牌; its text was shown when it was made."""

    class Meta:
        model = ApiToken
        fields = ["id", "name", "tail", "created_at", "expires_on", "last_used_at", "ended_at"]
