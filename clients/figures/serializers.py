from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from branch.rest.fields import BranchCode, MoneyField, MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut
from clients.figures.models import FiguresMonth
from clients.figures.queries import part_of
from clients.figures.rules import COUNTS, LABELS, MONEY
from clients.imports.serializers import ClientMonthOut


class FiguresOut(serializers.Serializer[Any]):
    """The figures of a manager, or of all."""

    def get_fields(self) -> dict[str, Any]:
        counts = {name: serializers.IntegerField(label=LABELS[name], read_only=True) for name in COUNTS}
        return counts | {name: MoneyField(label=LABELS[name], read_only=True) for name in MONEY}


class FiguresMonthOut(RowOut):
    """A month's standing: open, or reviewed and locked."""

    class Meta:
        model = FiguresMonth
        fields = ["branch", "month", "state", "state_label", "digest", "locked_by", "locked_at", "note"]


class FigureLineOut(serializers.Serializer[Any]):
    """A manager's figures of a month."""

    person = PersonBrief()
    team = serializers.CharField(label="团队")
    values = FiguresOut(label="数据")


class MonthFiguresOut(serializers.Serializer[Any]):
    """A month: its standing, everyone's figures the person may see, and their sums."""

    standing = FiguresMonthOut()
    people = FigureLineOut(many=True)
    sums = FiguresOut()


class MonthsOut(serializers.Serializer[Any]):
    """The months with data."""

    branch = BranchCode()
    months = serializers.ListField(child=MonthField(), label="月份")


class PartOut(serializers.Serializer[Any]):
    """A person's part of a divided client's row."""

    percent = serializers.DecimalField(max_digits=5, decimal_places=2, read_only=True, label="比例(%)")
    earns = serializers.BooleanField(read_only=True, label="客户数和资产是否计入此人")
    turnover = MoneyField(read_only=True, label="股基交易量")
    gross_commission = MoneyField(read_only=True, label="佣金收入")
    net_commission = MoneyField(read_only=True, label="净佣金收入")
    margin_income = MoneyField(read_only=True, label="两融息差收入")


class FigureRowOut(ClientMonthOut):
    """A client's row behind a figure: the whole, and under `part` what this person has of a divided one."""

    part = serializers.SerializerMethodField(label="分工份额")

    class Meta(ClientMonthOut.Meta):
        fields = [*ClientMonthOut.Meta.fields, "part"]

    @extend_schema_field(PartOut(allow_null=True))
    def get_part(self, row: Any) -> Any:
        found = part_of(row)
        return PartOut(found).data if found is not None else None


class LockGiven(Given):
    """Of which branch."""

    branch = BranchCode(required=False, default="")


class UnlockGiven(LockGiven):
    """Why a reviewed month is opened again."""

    reason = serializers.CharField(label="原因", max_length=200)
