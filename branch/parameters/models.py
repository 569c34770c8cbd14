from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from branch.people.models import Person


class ParameterValue(models.Model):
    """One value of one parameter for a span of days (both ends included). `value` is a number as text, a table, or an object."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已生效"
        REJECTED = "rejected", "未采纳"
        REPLACED = "replaced", "已被取代"

    code = models.CharField("代码", max_length=60, db_index=True)
    name = models.CharField("名称", max_length=120)
    unit = models.CharField("单位", max_length=20, blank=True)
    value = models.JSONField("数值")
    effective_from = models.DateField("生效日")
    effective_to = models.DateField("失效日", null=True, blank=True)
    source = models.CharField("依据", max_length=300)
    confidence = models.CharField("把握", max_length=120, blank=True)
    note = models.CharField("说明", max_length=400, blank=True)
    paper_no = models.CharField("文号", max_length=60, blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="提议人")
    proposed_at = models.DateTimeField("提议时间", auto_now_add=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="确认人")
    decided_at = models.DateTimeField("确认时间", null=True, blank=True)

    class Meta:
        ordering = ["code", "effective_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "effective_from"], condition=Q(state="confirmed"), name="parameter_one_a_day"
            ),
            models.CheckConstraint(
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")), name="parameter_span_order"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | Q(proposed_by=None) | ~Q(decided_by=F("proposed_by")), name="parameter_two_persons"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.effective_from}"
