from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import MoneyField, MonthField, PersonBrief
from teams.plans.targets.serializers import RateField


class BoardCellOut(serializers.Serializer[Any]):
    """One metric of one unit in the month. Rates are shares; null: not known."""

    metric = serializers.CharField(source="metric.code", label="项目")
    goal = MoneyField(source="standing.goal", label="月目标")
    actual = MoneyField(source="standing.actual", label="实际", allow_null=True)
    completion = RateField(source="standing.completion", label="完成率")
    forecast = MoneyField(source="standing.forecast", label="预计全月", allow_null=True)
    reached_on = serializers.DateField(source="standing.reached_on", label="达标日期", allow_null=True)
    in_time = serializers.BooleanField(source="standing.in_time", label="15日前达标")
    is_behind = serializers.BooleanField(source="standing.is_behind", label="落后超过界限")
    gap = MoneyField(label="未分解", allow_null=True)


class BoardPersonOut(serializers.Serializer[Any]):
    """Somebody's month, with a sentence on why somebody is behind."""

    person = PersonBrief()
    group = serializers.CharField(source="group.name", label="小组", allow_null=True, default=None)
    here = serializers.BooleanField(label="仍在本队")
    is_behind = serializers.BooleanField(label="落后")
    missing_logs = serializers.IntegerField(source="owes.logs", label="缺日志天数")
    open_notes = serializers.IntegerField(source="owes.notes", label="待写偏差说明")
    overdue_milestones = serializers.IntegerField(source="owes.milestones", label="逾期里程碑")
    why = serializers.CharField(label="情况")
    cells = BoardCellOut(many=True, source="listed", label="各项目")


class BoardGroupOut(serializers.Serializer[Any]):
    """A group's month; `score` is the mean of its completions, each up to 100 %."""

    group = serializers.CharField(source="group.name", label="小组")
    rank = serializers.IntegerField(label="名次", allow_null=True)
    score = RateField(label="综合完成率")
    people = serializers.IntegerField(label="人数")
    behind = serializers.IntegerField(label="落后人数")
    missing_logs = serializers.IntegerField(source="missing", label="缺日志天数")
    cells = BoardCellOut(many=True, source="listed", label="各项目")


class TeamBoardOut(serializers.Serializer[Any]):
    """A team's month, or as much of it as a group's leader sees."""

    name = serializers.CharField(label="团队")
    month = MonthField(label="月份")
    as_of = serializers.DateField(label="数据截至", allow_null=True)
    passed = serializers.IntegerField(label="已过工作日")
    days = serializers.IntegerField(label="全月工作日")
    head = BoardCellOut(many=True, label="团队各项目")
    groups = BoardGroupOut(many=True, label="小组")
    people = BoardPersonOut(many=True, label="人员")
