from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MoneyField, MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut
from clients.figures.models import FiguresMonth
from clients.figures.rules import COUNTS, LABELS, MONEY


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


class LockGiven(Given):
    """Of which branch."""

    branch = BranchCode(required=False, default="")


class UnlockGiven(LockGiven):
    """Why a reviewed month is opened again."""

    reason = serializers.CharField(label="原因", max_length=200)
