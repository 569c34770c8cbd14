from __future__ import annotations

from django.db import models
from django.db.models import Q

from approvals.routes.rules import StageRule, read_stages
from branch.org.models import Branch


class Route(models.Model):
    """审批流程 of a kind, a dated version of it. `stages` is data that `rules.read_stages` reads; `copies` are told at the end.

    A request keeps the version it began with, so a version that was used is never changed: the next one takes its place.
    """

    class Standing(models.TextChoices):
        DRAFT = "draft", "草案"
        ACTIVE = "active", "生效"

    kind = models.CharField("类别", max_length=40, db_index=True)
    name = models.CharField("名称", max_length=80)
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="适用营业部")
    version = models.PositiveIntegerField("版本", default=1)
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=Standing.choices, default=Standing.DRAFT)
    stages = models.JSONField("环节", default=list)
    copies = models.JSONField("抄送", default=list, blank=True)
    same_person_twice = models.BooleanField("同一人可签多个环节", default=False)
    basis = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        ordering = ["kind", "branch", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], condition=Q(branch=None), name="route_version_company"),
            models.UniqueConstraint(fields=["kind", "branch", "version"], name="route_version_branch"),
            models.CheckConstraint(condition=Q(state__in=["draft", "active"]), name="route_state_known"),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=models.F("effective_from")), name="route_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} 第 {self.version} 版"

    @property
    def rules(self) -> tuple[StageRule, ...]:
        return read_stages(self.stages)
