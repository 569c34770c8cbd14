from __future__ import annotations

from django.db import models
from django.db.models import Q

from approvals.models import Request
from branch.people.models import Person
from payroll.corrections.states import REVERSAL_STATES, SIGNING
from payroll.runs.models import PayRun


class Reversal(models.Model):
    """冲销: taking back an approved run before it is paid. One row a try; `digest` is the run's when asked for."""

    run = models.ForeignKey(PayRun, models.PROTECT, related_name="reversals", verbose_name="薪酬月报")
    reason = models.CharField("原因", max_length=200)
    digest = models.CharField("所冲销的内容散列", max_length=64)
    state = models.CharField("状态", max_length=10, choices=list(REVERSAL_STATES.items()), default=SIGNING)
    asked_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    ended_at = models.DateTimeField("办结时间", null=True, blank=True)
    approval = models.ForeignKey(Request, models.PROTECT, related_name="+", verbose_name="审批")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(state__in=("signing", "done")), name="reversal_once_a_run"),
            models.CheckConstraint(condition=~Q(reason=""), name="reversal_has_reason"),
        ]

    def __str__(self) -> str:
        return f"冲销{self.run}"
