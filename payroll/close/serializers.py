from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MoneyField, MonthField
from branch.rest.serializers import Given, RowOut
from payroll.close.models import CompanyClose
from payroll.close.rules import STEPS


class SumsOut(serializers.Serializer[Any]):
    """People and yuan."""

    headcount = serializers.IntegerField(label="人数")
    gross = MoneyField(label="应发合计")
    net = MoneyField(label="实发合计")
    iit = MoneyField(label="个税合计")


class CompanyCloseOut(RowOut):
    """The month's close as it was started."""

    class Meta:
        model = CompanyClose
        fields = ["month", "state", "state_label", "round", "started_by", "started_at", "ended_at"]


class CompanyMonthOut(serializers.Serializer[Any]):
    """The whole company's month, read off what the branches have; no sums while fewer than three people are paid."""

    month = MonthField(label="所属月份")
    close = CompanyCloseOut(allow_null=True)
    branches = serializers.IntegerField(label="营业部数")
    computed = serializers.IntegerField(label="已核算")
    done = serializers.IntegerField(label="已办完")
    sums = SumsOut(source="totals.told", allow_null=True)
    differences = serializers.ListField(child=serializers.CharField(), source="totals.differences", label="不一致之处")


class BranchMonthOut(serializers.Serializer[Any]):
    """A branch's month: how far it is, what is missing, what it comes to."""

    branch = BranchCode()
    name = serializers.CharField(source="branch.name", label="名称")
    step = serializers.ChoiceField(list(STEPS.items()), label="进度")
    step_label = serializers.CharField(label="进度(中文)")
    missing = serializers.ListField(child=serializers.CharField(), label="尚缺")
    people = serializers.IntegerField(source="facts.people", label="在职人数")
    clients = serializers.IntegerField(label="客户数", allow_null=True)
    run = serializers.IntegerField(source="run.pk", default=None, allow_null=True, label="薪酬月报编号")
    sums = SumsOut(allow_null=True)


class MonthGiven(Given):
    """Which month."""

    month = MonthField(label="所属月份")


class RemindGiven(MonthGiven):
    """One branch by its code, or (left out) all that the month waits for."""

    branch = BranchCode(required=False, default="", allow_blank=True)


class RemindedBranchesOut(serializers.Serializer[Any]):
    """Who was reminded now, and who had been today already."""

    told = serializers.ListField(child=serializers.CharField(), label="已提醒")
    before = serializers.ListField(child=serializers.CharField(), label="今天已提醒过")
