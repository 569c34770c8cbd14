from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, FigureField, MoneyField, MonthField
from branch.rest.serializers import Given, RowOut
from kernel.seen import stamp
from payroll.corrections.actions.corrections import shown_correction
from payroll.corrections.balances import HOW, KINDS
from payroll.corrections.models import Correction, CorrectionLine, OutsideSettlement, PayAdjustment, Reversal
from payroll.corrections.rules import FIELDS, MANUAL, MANUAL_LABEL
from payroll.runs.serializers import FigureChangeOut


class ReversalOut(RowOut):
    """A try to take an approved run back before it is paid."""

    run = serializers.IntegerField(source="run_id", read_only=True, label="薪酬月报编号")
    approval = serializers.CharField(source="approval.number", read_only=True, label="申请单号")

    class Meta:
        model = Reversal
        fields = ["id", "run", "reason", "state", "state_label", "asked_by", "asked_at", "ended_at", "approval"]


class LateChangeOut(serializers.Serializer[Any]):
    """One field of one person that the roster has differently by now."""

    who = serializers.CharField(label="工号与姓名")
    field = serializers.CharField(label="项目")
    label = serializers.CharField(label="项目(中文)")  # type: ignore[assignment]
    old = serializers.CharField(label="原为", allow_blank=True)
    new = serializers.CharField(label="现为")


class SinceOut(serializers.Serializer[Any]):
    """What has changed since a month was reckoned: before payment whose pay would differ, after it what to correct."""

    stale = serializers.CharField(label="与核算时不同的说明(发放以前)", allow_blank=True)
    names = serializers.ListField(child=serializers.CharField(), label="现在算出来不同的人员")
    problems = serializers.ListField(child=serializers.CharField(), label="现在不能核算的原因")
    proposals = LateChangeOut(many=True, label="名册里不同的各项;已发放的可以据此更正")
    sentences = serializers.ListField(child=serializers.CharField(), label="须手工补发补扣的情形")
    leavers = serializers.ListField(child=serializers.CharField(), label="本月离职人员")
    left_out = serializers.ListField(child=serializers.CharField(), label="没有计入本月的另一段聘用")


class CorrectionOut(RowOut):
    """更正单: what was wrong in paid months. Money in yuan. `seen` goes back when it is sent up."""

    problems = serializers.ListField(child=serializers.CharField(), read_only=True, label="待处理")
    approval = serializers.CharField(source="approval.number", read_only=True, default=None, allow_null=True, label="申请单号")
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta:
        model = Correction
        fields = [
            *("number", "branch", "month", "through", "due_month", "state", "state_label", "reason", "problems", "digest"),
            *("people", "gross_total", "maker", "created_at", "computed_at", "approved_at", "approval", "seen"),
        ]

    def get_seen(self, correction: Correction) -> str:
        return stamp(shown_correction(correction))


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


class InstalmentOut(serializers.Serializer[Any]):
    """What of deferral falls due in a month by the plan, and the sum up to it."""

    month = MonthField(label="到期月份")
    amount = MoneyField(label="本期")
    so_far = MoneyField(label="累计")


class ItemOut(serializers.Serializer[Any]):
    """One balance of a leaver's. Yuan before income tax: + the company owes it, - the person does."""

    key = serializers.CharField(label="项目")
    kind = serializers.ChoiceField(list(KINDS.items()), label="类别")
    label = serializers.CharField(label="项目说明")  # type: ignore[assignment]
    owed = MoneyField(label="余额")
    settled = MoneyField(label="已线下结清")
    left = MoneyField(label="未结")
    insurance = serializers.CharField(label="三险一金差额(由财务补缴或退回)")
    pending = serializers.BooleanField(label="有登记待确认")
    words = serializers.CharField(label="状态")
    plan = InstalmentOut(many=True, label="各期")


class LeaverOut(serializers.Serializer[Any]):
    """Somebody who has left with a balance, by the last slip; who never had one by an adjustment, `unpaid`."""

    slip = serializers.IntegerField(source="slip.pk", default=None, allow_null=True, label="最后一份工资单编号")
    unpaid = serializers.IntegerField(source="unpaid.pk", default=None, allow_null=True, label="没有工资单的人:补发补扣编号")
    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")
    branch = BranchCode()
    month = MonthField(label="最后月份")
    lots = MoneyField(label="递延未发")
    adjustments = MoneyField(label="补发补扣")
    arrears = MoneyField(label="待扣余额")
    waiting = serializers.IntegerField(label="待确认的登记")
    standing = serializers.CharField(source="words", label="状态")


class SettlementOut(RowOut):
    """线下结清: what of a leaver's balance was settled outside the pay run. + was paid to the person, - was taken back. `tax`:
    what was withheld of it; null where it is in no chain and no declaration."""

    slip = serializers.IntegerField(source="slip_id", read_only=True, allow_null=True, label="最后一份工资单编号")
    has_evidence = serializers.SerializerMethodField(label="有依据文件")

    class Meta:
        model = OutsideSettlement
        fields = [
            *(
                "id",
                "branch",
                "person",
                "slip",
                "kind",
                "kind_label",
                "key",
                "label",
                "amount",
                "tax",
                "day",
                "how",
                "how_label",
                "reason",
            ),
            *("voucher", "has_evidence", "state", "state_label", "proposed_by", "proposed_at", "decided_by", "decided_at"),
            "returned",
        ]

    def get_has_evidence(self, row: OutsideSettlement) -> bool:
        return row.evidence_id is not None


class LeaverDetailOut(serializers.Serializer[Any]):
    """A leaver's items and all that was registered."""

    leaver = LeaverOut()
    items = ItemOut(many=True, label="各项余额")
    settlements = SettlementOut(many=True, label="登记记录")


class SettlementGiven(Given):
    """Which item was settled, how much of it (yuan, > 0), when, how, and what proves it: a voucher's number, a file, or both; of
    what was paid to an employee, the tax withheld."""

    item = serializers.CharField(label="项目", max_length=60)
    amount = MoneyField(label="金额", min_value=0)
    day = serializers.DateField(label="结清日期")
    how = serializers.ChoiceField(list(HOW.items()), label="方式")
    tax = MoneyField(label="代扣个税", min_value=0, required=False, allow_null=True, default=None)
    reason = serializers.CharField(label="说明", max_length=200)
    voucher = serializers.CharField(label="凭证号", max_length=60, required=False, default="", allow_blank=True)
    evidence = serializers.FileField(label="依据", required=False)
