from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import FigureField, MoneyField, MonthField


class PaperFigureOut(serializers.Serializer[Any]):
    """A total as one paper has it."""

    paper = serializers.CharField(label="出处")
    value = FigureField(label="合计")


class CheckOut(serializers.Serializer[Any]):
    """One total, held against all papers."""

    label = serializers.CharField(label="项目")  # type: ignore[assignment]
    holds = serializers.BooleanField(label="一致")
    papers = PaperFigureOut(many=True)


class OutputsOut(serializers.Serializer[Any]):
    """Whether what leaves an approved month agrees. The files themselves are exports (`/exports/<kind>/?run=…`)."""

    holds = serializers.BooleanField(label="全部一致")
    checks = CheckOut(many=True)
    faults = serializers.ListField(child=serializers.CharField(), label="不一致之处")


class BranchTotalsOut(serializers.Serializer[Any]):
    """A branch's sums, or those of several small ones."""

    code = serializers.CharField(label="代码", allow_blank=True)
    branch = serializers.CharField(label="营业部", allow_blank=True)
    state = serializers.CharField(label="状态", allow_blank=True)
    headcount = serializers.IntegerField(label="人数")
    gross_total = MoneyField(label="应发合计")
    iit_total = MoneyField(label="个税合计")
    net_total = MoneyField(label="实发合计")
    employer_total = MoneyField(label="单位社保公积金")
    cost = MoneyField(label="用工成本")


class CompanyTotalsOut(serializers.Serializer[Any]):
    """The approved months' sums by branch; nobody's own pay."""

    month = MonthField(label="所属月份", allow_null=True)
    rows = BranchTotalsOut(many=True)
    total = BranchTotalsOut()
