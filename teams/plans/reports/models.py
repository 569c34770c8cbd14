from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from approvals.requests.models import Request
from archives.models import Filing
from branch.fields import MonthField
from branch.files.models import StoredFile
from branch.org.models import Branch, Team
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.digests import digest
from kernel.months import Month
from teams.plans.reports import rules, states


class ReportQuerySet(models.QuerySet["AnalysisReport"]):
    def visible_to(self, person: Person) -> ReportQuerySet:
        scope = reach(person, Power.PLAN_VIEW)
        if scope.company:
            return self
        return self.filter(Q(branch__in=scope.branches) | Q(team__in=scope.teams))


class AnalysisReport(models.Model):
    """业务分析报告 of a team for a month, half-year or year (art. 6); `month` is the period's last.

    `figures` is what closed data said when it was taken (`gathering.py`), and is written by nothing else; `sources` names each
    month's digest, so that a later unlocking shows. `changes`: what the last 重新取数 changed, as (what, before, after).
    """

    branch = models.ForeignKey(Branch, models.PROTECT, related_name="analysis_reports", verbose_name="营业部")
    team = models.ForeignKey(Team, models.PROTECT, related_name="analysis_reports", verbose_name="团队")
    kind = models.CharField("类别", max_length=6, choices=list(rules.KINDS.items()))
    month = MonthField("期末月份")
    state = models.CharField("状态", max_length=10, choices=list(states.REPORT.states.items()), default=states.DRAFT)
    figures = models.JSONField("业务数据", default=dict)
    sources = models.JSONField("数据来源", default=dict)
    taken_at = models.DateTimeField("取数时间")
    changes = models.JSONField("上次取数的变化", default=list)
    analysis = models.TextField("业务分析说明", blank=True)
    issues = models.TextField("问题与措施", blank=True)
    next_plan = models.TextField("下期计划", blank=True)
    approval = models.ForeignKey(Request, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批申请")
    approved_at = models.DateTimeField("审核时间", null=True, blank=True)
    filing = models.ForeignKey(Filing, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="备案")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="归档文件")
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+", verbose_name="编制人")
    made_at = models.DateTimeField("编制时间", auto_now_add=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "branch", "team", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["team", "kind", "month"], name="report_of_team_and_period"),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "returned", "approved", "filed"]) | Q(approval__isnull=False),
                name="report_asked_for",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "filed"]) | Q(approved_at__isnull=False, filing__isnull=False),
                name="report_approved_is_filed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team.name}{self.period}{self.word}"

    @property
    def period(self) -> str:
        return rules.period_label(self.kind, self.month)

    @property
    def word(self) -> str:
        """业务月报, as art. 22 calls it, or the longer periods' name."""
        return "业务月报" if self.kind == rules.MONTH else "业务分析报告"

    @property
    def months(self) -> list[Month]:
        return [Month.parse(month) for month in self.sources]

    @property
    def texts(self) -> dict[str, str]:
        """What the leader writes, and what the stamp of two editors covers."""
        return {name: getattr(self, name) for name in rules.TEXTS}

    @property
    def labelled_texts(self) -> list[tuple[str, str]]:
        labels = {**rules.TEXTS, "next_plan": rules.next_label(self.kind)}
        return [(label, getattr(self, name)) for name, label in labels.items()]

    @property
    def content(self) -> dict[str, Any]:
        """What a signature covers: the words and the figures."""
        return {
            "kind": self.kind,
            "period": self.period,
            "team": self.team.name,
            **self.texts,
            "figures": self.figures,
            "sources": self.sources,
        }

    @property
    def digest(self) -> str:
        return digest(self.content)

    @property
    def editable(self) -> bool:
        return self.state in states.OPEN

    @property
    def colour(self) -> str:
        return states.COLOURS[self.state]

    def get_absolute_url(self) -> str:
        return reverse("plans:report-detail", args=[self.pk])
