from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, FigureField, MoneyField, MonthField
from branch.rest.serializers import Given, RowOut
from payroll.corrections.models import Correction, CorrectionLine, PayAdjustment, Reversal
from payroll.corrections.rules import FIELDS, MANUAL, MANUAL_LABEL
from payroll.runs.serializers import FigureChangeOut


class ReversalOut(RowOut):
    """A try to take an approved run back before it is paid."""

    run = serializers.IntegerField(source="run_id", read_only=True, label="薪酬月报编号")
    approval = serializers.CharField(source="approval.number", read_only=True, label="申请单号")

    class Meta:
        model = Reversal
        fields = ["id", "run", "reason", "state", "state_label", "asked_by", "asked_at", "ended_at", "approval"]


class CorrectionOut(RowOut):
    """更正单: what was wrong in paid months. Money in yuan."""

    problems = serializers.ListField(child=serializers.CharField(), read_only=True, label="待处理")
    approval = serializers.CharField(source="approval.number", read_only=True, default=None, allow_null=True, label="申请单号")

    class Meta:
        model = Correction
        fields = [
            *("number", "branch", "month", "through", "due_month", "state", "state_label", "reason", "problems", "digest"),
            *("people", "gross_total", "maker", "created_at", "computed_at", "approved_at", "approval"),
        ]


class WrongOut(RowOut):
    """One thing that was wrong."""

    label = serializers.CharField(read_only=True, label="项目(中文)")  # type: ignore[assignment]
    has_evidence = serializers.BooleanField(read_only=True, label="有依据文件")

    class Meta:
        model = CorrectionLine
        fields = ["id", "person", "month", "field", "label", "old", "new", "reason", "has_evidence", "added_by", "added_at"]


class CorrectionDifferenceOut(serializers.Serializer[Any]):
    """One person's month that comes out differently."""

    staff_no = serializers.CharField(source="row.slip.staff_no", label="工号")
    name = serializers.CharField(source="row.slip.name", label="姓名")
    month = MonthField(source="row.month", label="所属月份")
    cause = serializers.CharField(label="原因")
    gross = MoneyField(label="应发差额")
    deductions = MoneyField(label="扣款差额")
    changes = FigureChangeOut(many=True)


class AdjustmentOut(RowOut):
    """补发补扣 of one person's month."""

    standing = serializers.CharField(read_only=True, label="去向")

    class Meta:
        model = PayAdjustment
        fields = [
            *("id", "person", "month", "due_month", "reason", "gross", "special", "additional", "vat", "surtax", "after_tax"),
            "standing",
        ]


class CorrectionDetailOut(serializers.Serializer[Any]):
    """A correction: what was wrong, what follows, where the differences are."""

    correction = CorrectionOut()
    wrongs = WrongOut(many=True)
    differences = CorrectionDifferenceOut(many=True)
    adjustments = AdjustmentOut(many=True)


class OwedOut(serializers.Serializer[Any]):
    """What somebody still owes."""

    staff_no = serializers.CharField(source="slip.staff_no", label="工号")
    name = serializers.CharField(source="slip.name", label="姓名")
    month = MonthField(source="slip.month", label="最近月份")
    amount = FigureField(source="arrear.balance", label="尚欠")
    left = serializers.BooleanField(label="已离职")


class CorrectionGiven(Given):
    """A paid month to be corrected, and why."""

    branch = BranchCode(required=False, default="")
    month = MonthField(label="所属月份")
    reason = serializers.CharField(label="原因", max_length=200)


class WrongGiven(Given):
    """Who, in which month, what, how it should be, why, and what proves it (PDF, PNG, JPG, xlsx)."""

    staff_no = serializers.CharField(label="工号", max_length=20)
    month = MonthField(label="所属月份")
    field = serializers.ChoiceField([*((one.code, one.label) for one in FIELDS.values()), (MANUAL, MANUAL_LABEL)], label="项目")
    new = serializers.CharField(label="应为", max_length=200)
    reason = serializers.CharField(label="原因", max_length=200)
    evidence = serializers.FileField(label="依据", required=False)
