from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import MonthField
from branch.rest.serializers import Given, RowOut, StampGiven
from teams.plans.reports import rules
from teams.plans.reports.models import AnalysisReport


class AnalysisReportOut(RowOut):
    """A team's report of a period; `month` is the period's last."""

    period = serializers.CharField(read_only=True, label="期间")

    class Meta:
        model = AnalysisReport
        fields = [
            *("id", "branch", "team", "kind", "kind_label", "month", "period", "state", "state_label", "taken_at"),
            *("analysis", "issues", "next_plan", "made_by", "made_at", "approved_at"),
        ]


class ReportTableOut(serializers.Serializer[Any]):
    """One of its tables as the page shows it: figures in words, thousands separated."""

    title = serializers.CharField(label="标题")
    heads = serializers.ListField(child=serializers.CharField(), label="列")
    rows = serializers.ListField(child=serializers.ListField(child=serializers.CharField()), label="行")
    note = serializers.CharField(label="说明")


class ReportChangeOut(serializers.Serializer[Any]):
    """A figure that differs between two takings."""

    what = serializers.CharField(label="项目")
    before = serializers.CharField(label="报告里的数")
    after = serializers.CharField(label="现在的数")


class AnalysisReportDetailOut(serializers.Serializer[Any]):
    """A report with its tables, as far as one may see them; `moved`: what became of its months since the figures were taken.
    `seen` may go back with the words."""

    report = AnalysisReportOut()
    tables = ReportTableOut(many=True)
    changes = ReportChangeOut(many=True, label="上次重新取数的变化")
    moved = serializers.ListField(child=serializers.CharField(), label="数据已变")
    seen = serializers.CharField(label="所见文字的印记")


class AnalysisReportGiven(Given):
    """A report to begin. No figure is taken: they come from the locked months."""

    team = serializers.IntegerField(label="团队编号", min_value=1)
    kind = serializers.ChoiceField(label="类别", choices=list(rules.KINDS.items()))
    month = MonthField(label="期末月份")


class ReportTextsGiven(StampGiven):
    """The words; one that is left out stays as it is. With `seen` a colleague's change in between is told, not overwritten."""

    analysis = serializers.CharField(label="业务分析说明", max_length=rules.LONGEST, allow_blank=True, required=False)
    issues = serializers.CharField(label="问题与措施", max_length=rules.LONGEST, allow_blank=True, required=False)
    next_plan = serializers.CharField(label="下期计划", max_length=rules.LONGEST, allow_blank=True, required=False)
