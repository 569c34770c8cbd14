from __future__ import annotations

from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from approvals.routes import states
from approvals.routes.rules import StageRule, read_stages
from branch.org.models import Branch
from branch.people.access import holds, reach
from branch.people.models import Person
from branch.people.queries import current
from branch.people.roles import Power
from kernel.digests import digest


class RouteQuerySet(models.QuerySet["Route"]):
    def visible_to(self, person: Person) -> RouteQuerySet:
        """All versions at head office; a branch sees what was ever in force for it."""
        scope = reach(person, Power.ROUTE_VIEW)
        if scope.company or holds(person, Power.ROUTE_EDIT):
            return self.all()
        own = Q(branch=None) | Q(branch__in=scope.branches)
        return self.filter(own, state__in=(states.ACTIVE, states.ENDED)) if scope else self.none()

    def in_force(self, day: date) -> RouteQuerySet:
        """The versions that hold on `day`."""
        return self.filter(current(day), state=states.ACTIVE)

    def waiting_for(self, person: Person) -> RouteQuerySet:
        """What others wrote and sent up, for this person to confirm."""
        if not holds(person, Power.ROUTE_EDIT):
            return self.none()
        return self.filter(state=states.PROPOSED).exclude(proposed_by=person).exclude(drafters=person)

    def of_line(self, kind: str, branch: Branch | None) -> RouteQuerySet:
        """Every version of the kind's route for that branch (None: the company's)."""
        return self.filter(kind=kind, branch=branch)


class Route(models.Model):
    """审批流程 of a kind, a dated version of it. `stages` is data that `rules.read_stages` reads; `copies` are told at the end,
    `chasers` may 催办 besides the applicant.

    A request keeps the version it began with. Once a version was confirmed nothing but its last day is ever changed: the next
    one takes its place. `drafters` wrote it, `proposed_by` sent it up, `confirmed_by` is none of them.
    """

    kind = models.CharField("类别", max_length=40, db_index=True)
    name = models.CharField("名称", max_length=80)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="适用营业部")
    version = models.PositiveIntegerField("版本", default=1)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=list(states.ROUTE.states.items()), default=states.DRAFT)
    stages = models.JSONField("环节", default=list)
    copies = models.JSONField("抄送", default=list, blank=True)
    chasers = models.JSONField("催办人", default=list, blank=True)
    same_person_twice = models.BooleanField("同一人可签多个环节", default=False)
    basis = models.CharField("依据", max_length=200, blank=True)
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", verbose_name="复制自")
    drafters = models.ManyToManyField(Person, related_name="+", verbose_name="拟稿人")
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="提交人")
    proposed_at = models.DateTimeField("提交时间", null=True)
    confirmed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", verbose_name="确认人")
    confirmed_at = models.DateTimeField("确认时间", null=True)
    reason = models.CharField("退回或失效原因", max_length=200, blank=True)

    objects = RouteQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "branch", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], condition=Q(branch=None), name="route_version_company"),
            models.UniqueConstraint(fields=["kind", "branch", "version"], name="route_version_branch"),
            models.UniqueConstraint(
                fields=["kind"], condition=Q(branch=None, state="proposed"), name="route_one_proposed_company"
            ),
            models.UniqueConstraint(fields=["kind", "branch"], condition=Q(state="proposed"), name="route_one_proposed_branch"),
            models.CheckConstraint(condition=Q(state__in=list(states.ROUTE.states)), name="route_state_known"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")), name="route_dates_in_order"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by=None) | Q(proposed_by__isnull=False) & ~Q(confirmed_by=F("proposed_by")),
                name="route_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} 第 {self.version} 版"

    def get_absolute_url(self) -> str:
        return reverse("approvals:route-detail", args=[self.pk])

    @property
    def rules(self) -> tuple[StageRule, ...]:
        return read_stages(self.stages)

    @property
    def standing(self) -> str:
        """The state's word as of today: a version in force may be still to come, or over."""
        today = timezone.localdate()
        if self.state == states.ACTIVE and self.effective_from > today:
            return states.TO_COME
        over = self.state == states.ACTIVE and self.effective_to is not None and self.effective_to < today
        return states.ROUTE.states[states.ENDED if over else self.state]

    @property
    def colour(self) -> str:
        """One of the six status colours."""
        if self.standing == states.TO_COME:
            return "blue"
        return "grey" if self.standing == states.ROUTE.states[states.ENDED] else states.COLOURS[self.state]

    @property
    def content(self) -> dict[str, Any]:
        """What a second person confirms: everything but the end of the span, which the next version sets."""
        return {
            "kind": self.kind,
            "name": self.name,
            "branch": self.branch_id,
            "effective_from": self.effective_from,
            "stages": self.stages,
            "copies": self.copies,
            "chasers": self.chasers,
            "same_person_twice": self.same_person_twice,
            "basis": self.basis,
        }

    @property
    def digest(self) -> str:
        return digest(self.content)


class Delegation(models.Model):
    """委托代签: from day to day `deputy` signs for `principal`, on requests of `kinds` (none: of all). Dated, both ends included.

    Only for signing; roles lent with their powers are `RoleHolding.delegated_by`. What was lent to the principal is not lent on.
    """

    principal = models.ForeignKey(Person, models.PROTECT, related_name="signing_lent", verbose_name="委托人")
    deputy = models.ForeignKey(Person, models.PROTECT, related_name="signing_received", verbose_name="受托人")
    kinds = models.JSONField("类别", default=list, blank=True)
    effective_from = models.DateField("起")
    effective_to = models.DateField("止")
    reason = models.CharField("原因", max_length=200)
    ended_at = models.DateTimeField("提前终止时间", null=True, blank=True)

    class Meta:
        ordering = ["-effective_from", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(effective_to__gte=models.F("effective_from")), name="delegation_dates_in_order"),
            models.CheckConstraint(condition=~Q(principal=models.F("deputy")), name="delegation_to_another"),
        ]
        indexes = [models.Index(fields=["deputy"], condition=Q(ended_at=None), name="delegation_to")]

    def __str__(self) -> str:
        return f"{self.principal.name}委托{self.deputy.name}({self.effective_from} 至 {self.effective_to})"
