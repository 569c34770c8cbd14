from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.calendar.models import SpecialDay
from branch.rest.fields import MonthField
from branch.rest.serializers import Given, RowOut


class SpecialDayOut(RowOut):
    """A day that is not what its weekday says."""

    class Meta:
        model = SpecialDay
        fields = ["day", "kind", "kind_label", "name"]


class MonthDaysOut(serializers.Serializer[Any]):
    """A month's counts."""

    month = MonthField(label="月份")
    work_days = serializers.IntegerField(label="工作日")
    trading_days = serializers.IntegerField(label="交易日")


class YearOut(serializers.Serializer[Any]):
    """A calendar year."""

    year = serializers.IntegerField(label="年")
    months = MonthDaysOut(many=True)
    special = SpecialDayOut(many=True)


class DayGiven(Given):
    """What a day is to be; an empty kind makes it an ordinary one again."""

    day = serializers.DateField(label="日期")
    kind = serializers.ChoiceField(SpecialDay.Kind.choices, label="类型", allow_blank=True, default="")
    name = serializers.CharField(label="名称", max_length=40, allow_blank=True, default="")
    reason = serializers.CharField(label="依据", max_length=200)
