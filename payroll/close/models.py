from __future__ import annotations

from typing import Any

from django.db import models

from branch.fields import MonthField
from branch.jobs.models import Job
from branch.org.models import Branch
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from payroll.close import states
from payroll.runs.models import PayRun


def _sum(label: str) -> models.DecimalField:
    """Yuan, as they stood when the work ended."""
    return models.DecimalField(label, max_digits=18, decimal_places=2, default=0)


class CloseQuerySet(models.QuerySet["CompanyClose"]):
    def visible_to(self, person: Person) -> CloseQuerySet:
        """The whole company's, by CLOSE_VIEW; there is no part of it."""
        return self.all() if reach(person, Power.CLOSE_VIEW).company else self.none()


class CompanyClose(models.Model):
    """A month of the whole company: one row a month, started as often as branches become ready (`round` counts).

    The totals are what stood when a round ended; pages show what stands now. `differences`: sentences naming branches
    whose run doesn't say what its slips add up to.
    """

    month = MonthField("所属月份", unique=True)
    state = models.CharField("状态", max_length=10, choices=list(states.CLOSE.states.items()), default=states.NEW)
    round = models.PositiveSmallIntegerField("次数", default=0)
    started_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="发起人")
    started_at = models.DateTimeField("发起时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)
    computed = models.PositiveIntegerField("已核算营业部", default=0)
    headcount = models.PositiveIntegerField("人数", default=0)
    gross_total = _sum("应发合计")
    net_total = _sum("实发合计")
    iit_total = _sum("个税合计")
    differences = models.JSONField("与各营业部之和的差异", default=list)

    objects = CloseQuerySet.as_manager()

    class Meta:
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state=states.NEW) | models.Q(started_by__isnull=False),
                name="company_close_has_a_starter",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month.label}公司月结"

    @property
    def is_running(self) -> bool:
        return self.state == states.RUNNING


class BranchClose(models.Model):
    """A branch's part: queued, reckoned by a job of its own, and what came of it.

    `problems`: what keeps it from being reckoned, `{"text": sentence, "url": where it is mended}`.
    """

    close = models.ForeignKey(CompanyClose, models.PROTECT, related_name="branches", verbose_name="公司月结")
    branch = models.ForeignKey(Branch, models.PROTECT, related_name="+", verbose_name="营业部")
    state = models.CharField("状态", max_length=10, choices=list(states.BRANCH.states.items()), default=states.QUEUED)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="任务")
    run = models.ForeignKey(PayRun, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="薪酬月报")
    people = models.PositiveIntegerField("在职人数", default=0)
    problems: models.JSONField[Any] = models.JSONField("待处理", default=list)
    note = models.CharField("说明", max_length=200, blank=True)
    queued_at = models.DateTimeField("排队时间", null=True, blank=True)
    started_at = models.DateTimeField("开始时间", null=True, blank=True)
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        ordering = ["close", "branch__code"]
        constraints = [models.UniqueConstraint(fields=["close", "branch"], name="branch_close_once")]
        indexes = [models.Index(fields=["close", "state"], name="branch_close_open")]

    def __str__(self) -> str:
        return f"{self.branch} {self.close.month}"
