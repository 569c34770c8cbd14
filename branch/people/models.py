from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from branch.fields import blind_index, sealed_text
from branch.org.models import Branch, Department, Group, Outlet, Team
from branch.people.roles import ROLES
from kernel import masks


class Person(models.Model):
    """A person of the company, with or without a log-in. Identity number, phone and account are encrypted at rest."""

    staff_no = models.CharField("工号", max_length=20, unique=True)
    name = models.CharField("姓名", max_length=40)
    initials = models.CharField("拼音首字母", max_length=40, blank=True, db_index=True)
    sex = models.CharField("性别", max_length=2, blank=True)
    id_number_sealed = models.TextField("证件号码(密文)", blank=True)
    id_number = sealed_text("id_number_sealed", "staff_no")
    id_number_index = models.CharField(max_length=64, blank=True, db_index=True)
    id_tail_index = models.CharField(max_length=64, blank=True, db_index=True)
    phone_sealed = models.TextField("手机号(密文)", blank=True)
    phone = sealed_text("phone_sealed", "staff_no")
    phone_index = models.CharField(max_length=64, blank=True, db_index=True)
    bank_name = models.CharField("开户行", max_length=60, blank=True)
    bank_account_sealed = models.TextField("银行卡号(密文)", blank=True)
    bank_account = sealed_text("bank_account_sealed", "staff_no")
    registration_no = models.CharField("从业登记编号", max_length=20, blank=True)
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, verbose_name="总部部门")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person")

    class Meta:
        ordering = ["staff_no"]

    def __str__(self) -> str:
        return f"{self.name}({self.staff_no})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        for name, index in self.blind_indexes().items():
            setattr(self, name, index)
        super().save(*args, **kwargs)

    def blind_indexes(self) -> dict[str, str]:
        """What the index columns must say."""
        number, phone = self.id_number, self.phone
        return {
            "id_number_index": blind_index(number) if number else "",
            "id_tail_index": blind_index(number[-4:]) if number else "",
            "phone_index": blind_index(phone) if phone else "",
        }

    @property
    def masked_id_number(self) -> str:
        return masks.id_number(self.id_number or "")

    @property
    def masked_phone(self) -> str:
        return masks.phone(self.phone or "")

    @property
    def masked_bank_account(self) -> str:
        return masks.bank_account(self.bank_account or "")


class Engagement(models.Model):
    """How a person works for the branch: 员工 (labour contract) or 证券经纪人 (agency contract), art. 19.

    Pay terms from the roster belong to the engagement: insurance base (元/month), housing fund rate (0.05 = 5 %),
    monthly 专项附加 by kind (元) and in total.
    """

    class Kind(models.TextChoices):
        EMPLOYEE = "employee", "员工"
        BROKER = "broker", "证券经纪人"

    person = models.ForeignKey(Person, models.PROTECT, related_name="engagements", verbose_name="人员")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="engagements", verbose_name="营业部")
    kind = models.CharField("用工性质", max_length=10, choices=Kind.choices)
    hired_on = models.DateField("入职日期")
    ended_on = models.DateField("离职日期", null=True, blank=True)
    contract_from = models.DateField("合同起")
    contract_to = models.DateField("合同止", null=True, blank=True)
    household = models.CharField("户籍", max_length=10, blank=True)
    medical_tier = models.CharField("医疗档", max_length=10, blank=True)
    insurance_base = models.DecimalField("社保基数", max_digits=12, decimal_places=2, null=True, blank=True)
    housing_fund_rate = models.DecimalField("公积金比例", max_digits=5, decimal_places=4, null=True, blank=True)
    additional_deductions = models.JSONField("专项附加(按项)", default=dict, blank=True)
    additional_total = models.DecimalField("专项附加合计", max_digits=12, decimal_places=2, default=0)

    class Meta:
        ordering = ["person__staff_no", "hired_on"]
        constraints = [
            models.UniqueConstraint(fields=["person", "branch", "hired_on"], name="engagement_once"),
            models.UniqueConstraint(fields=["person"], condition=Q(ended_on=None), name="engagement_one_open"),
            models.CheckConstraint(
                condition=Q(contract_to=None) | Q(contract_to__gte=models.F("contract_from")), name="engagement_contract_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_kind_display()}"


class Posting(models.Model):
    """Where and as what a person works: team, group, outlet, 岗位; dated, both ends included."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="postings", verbose_name="人员")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="postings", verbose_name="营业部")
    post = models.CharField("岗位", max_length=20)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="团队")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="小组")
    outlet = models.ForeignKey(Outlet, models.PROTECT, null=True, blank=True, related_name="postings", verbose_name="网点")
    effective_from = models.DateField("起")
    effective_to = models.DateField("止", null=True, blank=True)

    class Meta:
        ordering = ["person__staff_no", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(effective_to=None), name="posting_one_open"),
            models.UniqueConstraint(fields=["person", "effective_from"], name="posting_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post}"


class GradeHolding(models.Model):
    """职级 of an employee; dated."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="grades", verbose_name="人员")
    grade = models.CharField("职级", max_length=20)
    effective_from = models.DateField("起")
    effective_to = models.DateField("止", null=True, blank=True)

    class Meta:
        ordering = ["person__staff_no", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(effective_to=None), name="grade_one_open"),
            models.UniqueConstraint(fields=["person", "effective_from"], name="grade_one_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.grade}"


class Leadership(models.Model):
    """Who led which team (or group) on which day: exactly one leader per team and day (art. 7)."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="leaderships", verbose_name="团队")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="leaderships", verbose_name="小组")
    person = models.ForeignKey(Person, models.PROTECT, related_name="leaderships", verbose_name="负责人")
    effective_from = models.DateField("起")
    effective_to = models.DateField("止", null=True, blank=True)

    class Meta:
        ordering = ["team", "effective_from"]
        constraints = [
            models.UniqueConstraint(fields=["team"], condition=Q(effective_to=None, group=None), name="team_one_leader"),
            models.UniqueConstraint(fields=["group"], condition=Q(effective_to=None), name="group_one_leader"),
        ]

    def __str__(self) -> str:
        return f"{self.group or self.team}:{self.person}"


class RoleHolding(models.Model):
    """Who holds which role, where, from when to when. A delegation is a holding with `delegated_by`."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="roles", verbose_name="人员")
    role = models.CharField("角色", max_length=30, choices=[(code, role.label) for code, role in ROLES.items()])
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, verbose_name="部门")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, verbose_name="团队")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, verbose_name="小组")
    effective_from = models.DateField("起", default=date.today)
    effective_to = models.DateField("止", null=True, blank=True)
    delegated_by = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="delegations", verbose_name="委托人"
    )
    reason = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        ordering = ["person__staff_no", "role"]
        indexes = [models.Index(fields=["role", "branch"], name="role_at_branch")]

    def __str__(self) -> str:
        where = self.group or self.team or self.branch or self.department or "公司"
        return f"{self.get_role_display()} · {where}"


class SignInAttempt(models.Model):
    """One try at a secret (`kind`: password, code), for the throttle; only failures of the last minutes stay."""

    kind = models.CharField(max_length=10)
    account = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["account", "at"], name="attempt_of_account"),
            models.Index(fields=["address", "at"], name="attempt_from_address"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """A person's authenticator (TOTP, RFC 6238). Until `confirmed_at` it is only offered; the secret is encrypted at rest."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="second_factors", verbose_name="人员")
    secret_sealed = models.TextField("密钥(密文)", blank=True)
    secret = sealed_text("secret_sealed", "person_id")
    last_step = models.BigIntegerField("最后用过的时间步", default=-1)
    created_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField("启用时间", null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(confirmed_at=None), name="second_factor_one_offered"),
            models.UniqueConstraint(fields=["person"], condition=~Q(confirmed_at=None), name="second_factor_one_in_use"),
        ]

    def __str__(self) -> str:
        return f"{self.person} 动态验证码"


class RecoveryCode(models.Model):
    """A code for the day the authenticator is lost: `label` finds it, the hash holds it, it opens once."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="recovery_codes", verbose_name="人员")
    label = models.CharField(max_length=4)
    hash = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "label"], name="recovery_code_label")]

    def __str__(self) -> str:
        return f"{self.person} {self.label}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self, day: date) -> ApiTokenQuerySet:
        """Those that open the API on `day`: neither ended nor expired."""
        return self.filter(ended_at=None, expires_on__gte=day)


class ApiToken(models.Model):
    """接口令牌 of a person: what a program signs in with, as that person and with no more than their powers of the day.

    Only the SHA-256 of its 256 random bits is kept; `tail` is what the person recognises it by. `second_factor`: whether it was
    made in a session that had passed one.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="api_tokens", verbose_name="人员")
    name = models.CharField("用途", max_length=60)
    digest = models.CharField("散列", max_length=64, unique=True)
    tail = models.CharField("末四位", max_length=4)
    second_factor = models.BooleanField("经双重验证", default=False)
    created_at = models.DateTimeField("生成时间", auto_now_add=True)
    expires_on = models.DateField("到期日")
    last_used_at = models.DateTimeField("最近使用", null=True, blank=True)
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name}(末四位 {self.tail})"
