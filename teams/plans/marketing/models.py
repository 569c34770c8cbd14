from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from approvals.requests.models import Request
from branch.files.models import StoredFile
from branch.org.models import Branch, Outlet, Team
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.digests import digest
from teams.plans.marketing import rules, states


def empty_months() -> dict[str, list[str]]:
    """Nothing planned yet, of each thing and month."""
    return {metric: ["0.00"] * 12 for metric in rules.PLANNED}


class PlanQuerySet(models.QuerySet["MarketingPlan"]):
    def visible_to(self, person: Person) -> PlanQuerySet:
        scope = reach(person, Power.PLAN_VIEW)
        if scope.company:
            return self
        return self.filter(Q(branch__in=scope.branches) | Q(team__in=scope.teams))

    def in_force(self) -> PlanQuerySet:
        return self.filter(state__in=states.IN_FORCE)


class MarketingPlan(models.Model):
    """年度营销方案 of a team (art. 3). `budget`: lines of item and amount; `months`: thing (rules.PLANNED) → twelve amounts as
    text, January first. Approved by the kind `annual_plan` on the route of art. 4, which also draws its 文号."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="marketing_plans", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, related_name="marketing_plans", verbose_name="团队")
    year = models.PositiveSmallIntegerField("年度")
    is_new_team = models.BooleanField("新成立的团队", default=False)
    market_analysis = models.TextField("市场分析", blank=True)
    channels = models.TextField("渠道安排", blank=True)
    work_plan = models.TextField("工作计划", blank=True)
    budget = models.JSONField("费用预算", default=list)
    months = models.JSONField("逐月目标", default=empty_months)
    state = models.CharField("状态", max_length=10, choices=list(states.PLAN.states.items()), default=states.DRAFT)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批申请")
    paper_no = models.CharField("文号", max_length=40, blank=True)
    approved_at = models.DateTimeField("批准时间", null=True, blank=True)
    left_out = models.JSONField("未列入目标的项目", default=list)
    summary = models.TextField("年度总结", blank=True)
    summarised_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="总结人")
    summarised_at = models.DateTimeField("总结时间", null=True, blank=True)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="拟稿人")
    made_at = models.DateTimeField("拟稿时间", auto_now_add=True)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "branch", "team"]
        constraints = [
            models.UniqueConstraint(fields=["team", "year"], name="plan_of_team_and_year"),
            models.CheckConstraint(
                condition=~Q(state__in=["approving", "returned", "approved", "summarised"]) | Q(approval__isnull=False),
                name="plan_asked_for",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "summarised"]) | Q(approved_at__isnull=False), name="plan_approved_at"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team.name}{self.year}年度营销方案"

    @property
    def content(self) -> dict[str, Any]:
        """What a signature covers and what two rounds are compared by."""
        return {
            "year": self.year,
            "team": self.team.name,
            "is_new_team": self.is_new_team,
            **{name: getattr(self, name) for name in rules.TEXTS},
            "budget": self.budget,
            "months": self.months,
        }

    @property
    def digest(self) -> str:
        return digest(self.content)

    @property
    def editable(self) -> bool:
        return self.state in states.OPEN

    @property
    def budget_total(self) -> Decimal:
        return rules.budget_total(self.content)

    def get_absolute_url(self) -> str:
        return reverse("plans:plan-detail", args=[self.pk])


class AgreementQuerySet(models.QuerySet["CooperationAgreement"]):
    def visible_to(self, person: Person) -> AgreementQuerySet:
        """A branch's agreements are for everybody who plans in it, also for its team leaders."""
        scope = reach(person, Power.PLAN_VIEW)
        if scope.company:
            return self
        return self.filter(Q(branch__in=scope.branches) | Q(branch__teams__in=scope.teams)).distinct()

    def covering(self, day: date) -> AgreementQuerySet:
        return self.filter(signed_on__lte=day, valid_from__lte=day, valid_to__gte=day)

    def marked(self) -> AgreementQuerySet:
        """Each with `waiting`: whether a correction of it is to be confirmed."""
        asked = AgreementCorrection.objects.waiting().filter(agreement=OuterRef("pk"))
        return self.annotate(waiting=Exists(asked))


class CooperationAgreement(models.Model):
    """银行合作方案 of an outlet for a span of days (art. 3): 拟定 until `signed_on`, 到期 after `valid_to`. Once
    signed and with its paper it is changed by corrections only."""

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="agreements", verbose_name="营业部")
    outlet = models.ForeignKey(Outlet, models.PROTECT, related_name="agreements", verbose_name="网点")
    bank = models.CharField("合作银行", max_length=60)
    agreement_no = models.CharField("协议编号", max_length=60)
    signed_on = models.DateField("签订日期", null=True, blank=True)
    valid_from = models.DateField("有效期自")
    valid_to = models.DateField("有效期至")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="协议文件")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="登记人")
    made_at = models.DateTimeField("登记时间", auto_now_add=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["outlet", "-valid_to", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_to__gte=F("valid_from")), name="agreement_span_order"),
            models.UniqueConstraint(fields=["branch", "agreement_no"], name="agreement_number_once"),
        ]
        indexes = [models.Index(fields=["branch", "valid_to"], name="agreement_by_end")]

    def __str__(self) -> str:
        return f"{self.bank}合作方案 {self.agreement_no}"

    @property
    def signed(self) -> bool:
        """Signed, and its paper is here: from now on only a correction by two persons changes what counts of it (ADR 0112)."""
        return self.signed_on is not None and self.file_id is not None

    @property
    def content(self) -> dict[str, str]:
        """What counts of it but for the paper, as text: rules.WORDS, days as 2026-12-31, nothing where there is none."""
        return {name: str(getattr(self, name) or "") for name in rules.WORDS}

    def get_absolute_url(self) -> str:
        return reverse("plans:agreement-detail", args=[self.pk])


class AgreementCorrectionQuerySet(models.QuerySet["AgreementCorrection"]):
    def visible_to(self, person: Person) -> AgreementCorrectionQuerySet:
        """Whoever sees the agreement."""
        return self.filter(agreement__in=CooperationAgreement.objects.visible_to(person).values("pk"))

    def waiting(self) -> AgreementCorrectionQuerySet:
        return self.filter(state=states.PROPOSED)

    def waiting_for(self, person: Person) -> AgreementCorrectionQuerySet:
        """What this very person may confirm: not the own."""
        scope, rows = reach(person, Power.PLAN_EDIT), self.waiting().exclude(proposed_by=person)
        if scope.company:
            return rows
        return rows.filter(Q(agreement__branch__in=scope.branches) | Q(agreement__branch__teams__in=scope.teams)).distinct()


class AgreementCorrection(models.Model):
    """更正 of a signed agreement, for instance by a 补充协议: proposed by one person, it counts once another has confirmed it.

    `before` and `after` as `CooperationAgreement.content`. `former_file` is the paper that was signed before and stays readable,
    `file` the one in its place; None: the paper stays.
    """

    agreement = models.ForeignKey(CooperationAgreement, models.PROTECT, related_name="corrections", verbose_name="合作方案")
    before = models.JSONField("更正前")
    after = models.JSONField("更正后")
    former_file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="原协议文件")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="新协议文件")
    reason = models.CharField("更正原因", max_length=200)
    state = models.CharField("状态", max_length=10, choices=list(states.CORRECTION.states.items()), default=states.PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="提出人")
    proposed_at = models.DateTimeField("提出时间", auto_now_add=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)
    note = models.CharField("未采纳的原因", max_length=200, blank=True)

    objects = AgreementCorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["agreement"], condition=Q(state="proposed"), name="agreement_correction_waits_once"),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("proposed_by")), name="agreement_corrected_by_two"
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="agreement_correction_confirmed",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="agreement_correction_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement}的更正"

    @property
    def changes(self) -> list[tuple[str, str, str]]:
        """What it puts otherwise, as (label, before, after); the paper too."""
        found = rules.wordings(self.before, self.after)
        return [*found, ("协议文件", self.former_file.name, self.file.name)] if self.file is not None else found
