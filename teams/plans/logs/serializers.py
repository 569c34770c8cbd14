from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import MoneyField, MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut
from teams.plans.logs.models import LogCheck, LogContact, LogDraw, LogVersion, WorkLog


class WorkLogOut(RowOut):
    """A person's log of a day; what it says is in its versions."""

    class Meta:
        model = WorkLog
        fields = [
            *("id", "person", "branch", "team", "group", "outlet", "day", "kind", "kind_label", "state", "state_label"),
            *("submitted_at", "late"),
        ]


class LogContactOut(RowOut):
    class Meta:
        model = LogContact
        fields = ["name", "way", "way_label", "content", "result", "next_on"]


class LogVersionOut(RowOut):
    contacts = LogContactOut(many=True, read_only=True)

    class Meta:
        model = LogVersion
        fields = [
            *("number", "arrived_at", "left_at", "calls", "leaflets", "accounts_opened", "new_assets", "product_sales"),
            *("client_questions", "bank_news", "competitor_news", "plan_next", "written_at", "contacts"),
        ]


class LogVerdictOut(RowOut):
    class Meta:
        model = LogCheck
        fields = ["id", "version", "verdict", "verdict_label", "remark", "checked_by", "checked_at"]


class LogDetailOut(WorkLogOut):
    """A log with all its versions, the newest first, and what the leader said of which."""

    versions = LogVersionOut(many=True, read_only=True)
    checks = LogVerdictOut(many=True, read_only=True)

    class Meta(WorkLogOut.Meta):
        fields = [*WorkLogOut.Meta.fields, "versions", "checks"]


class LogCheckOut(LogVerdictOut):
    """A drawn log, with the week it was drawn for."""

    log = WorkLogOut(read_only=True)
    year = serializers.IntegerField(source="draw.year", read_only=True, label="年")
    week = serializers.IntegerField(source="draw.week", read_only=True, label="周")
    seed = serializers.CharField(source="draw.seed", read_only=True, label="随机种子")

    class Meta(LogVerdictOut.Meta):
        fields = [*LogVerdictOut.Meta.fields, "log", "year", "week", "seed"]


class LogCountsOut(serializers.Serializer[Any]):
    """A person's month: logs due so far, in time, late, missing; `waiting` may still come in time."""

    person = PersonBrief()
    due = serializers.IntegerField(source="counts.due", label="应填")
    in_time = serializers.IntegerField(source="counts.in_time", label="按时")
    late = serializers.IntegerField(source="counts.late", label="迟交")
    missing = serializers.IntegerField(source="counts.missing", label="缺")
    waiting = serializers.IntegerField(source="counts.waiting", label="待填")


class LogMonthOut(serializers.Serializer[Any]):
    month = MonthField(label="月份")
    rows = LogCountsOut(many=True)


class LogContactGiven(Given):
    name = serializers.CharField(label="客户姓名", max_length=80, help_text="本人的客户可写 姓名(客户号)")
    way = serializers.ChoiceField(LogContact.Way.choices, label="方式")
    content = serializers.CharField(label="内容", max_length=200)
    result = serializers.CharField(label="结果", max_length=200, default="", allow_blank=True)
    next_on = serializers.DateField(label="下次跟进日", default=None, allow_null=True)


def _text(label: str) -> serializers.CharField:
    return serializers.CharField(label=label, max_length=500, default="", allow_blank=True)


def _count(label: str) -> serializers.IntegerField:
    return serializers.IntegerField(label=label, min_value=0, max_value=9999, default=0)


class WorkLogGiven(Given):
    """The own log of a day; a broker leaves the times out."""

    day = serializers.DateField(label="日期")
    arrived_at = serializers.TimeField(label="到岗时间", default=None, allow_null=True)
    left_at = serializers.TimeField(label="离岗时间", default=None, allow_null=True)
    contacts = LogContactGiven(many=True, default=list)
    calls = _count("电话量")
    leaflets = _count("发放宣传资料")
    accounts_opened = _count("开户数")
    new_assets = MoneyField(label="新增资产", default="0.00")
    product_sales = MoneyField(label="产品销售", default="0.00")
    client_questions = _text("客户疑问")
    bank_news = _text("银行网点动态")
    competitor_news = _text("竞争对手动态")
    plan_next = serializers.CharField(label="明日计划", max_length=500)


class LogDrawGiven(Given):
    """Which team's ISO week."""

    team = serializers.IntegerField(label="团队编号", min_value=1)
    year = serializers.IntegerField(label="年度", min_value=2000, max_value=2100)
    week = serializers.IntegerField(label="周", min_value=1, max_value=53)


class LogDrawOut(RowOut):
    """What was drawn: the seed repeats it, `drawn` is how many of `pool` logs."""

    pool = serializers.SerializerMethodField(label="可抽(份)")
    drawn = serializers.SerializerMethodField(label="抽中(份)")

    class Meta:
        model = LogDraw
        fields = ["id", "team", "year", "week", "seed", "share", "pool", "drawn", "drawn_by", "drawn_at"]

    def get_pool(self, draw: LogDraw) -> int:
        return len(draw.pool)

    def get_drawn(self, draw: LogDraw) -> int:
        return draw.checks.values("log").distinct().count()


class LogVerdictGiven(Given):
    verdict = serializers.ChoiceField(LogCheck.Verdict.choices, label="抽查结果")
    remark = serializers.CharField(label="评语", max_length=200, default="", allow_blank=True)
