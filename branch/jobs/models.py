from __future__ import annotations

from django.db import models
from django.db.models import Q

from branch.org.models import Branch
from branch.people.models import Person


class Job(models.Model):
    """One long piece of work. `kind` names the registered function that does it; `key` keeps two of the same apart."""

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "进行中"
        DONE = "done", "已完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已取消"

    kind = models.CharField("类别", max_length=40, db_index=True)
    title = models.CharField("名称", max_length=120)
    key = models.CharField(max_length=120)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="jobs", verbose_name="发起人")
    branch = models.ForeignKey(Branch, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="营业部")
    params = models.JSONField(default=dict)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED, db_index=True)
    total = models.PositiveIntegerField("总数", default=0)
    done = models.PositiveIntegerField("完成", default=0)
    step = models.CharField("步骤", max_length=80, blank=True)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    result = models.JSONField(default=dict)
    error = models.CharField("原因", max_length=1000, blank=True)
    link = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField("提交时间", auto_now_add=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(state__in=["queued", "running"]), name="job_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.title
