from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut
from kernel.seen import stamp
from payroll.intake.actions import shown_changes
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet, TaxMode


class FindingOut(serializers.Serializer[Any]):
    """One thing found in a file."""

    row = serializers.IntegerField(label="行号")
    staff_no = serializers.CharField(label="工号", allow_blank=True, default="")
    name = serializers.CharField(label="姓名", allow_blank=True, default="")
    column = serializers.CharField(label="列", allow_blank=True, default="")
    value = serializers.CharField(label="值", allow_blank=True, default="")
    message = serializers.CharField(label="说明")


class InputChangeOut(serializers.Serializer[Any]):
    """One cell that a new sheet changes."""

    staff_no = serializers.CharField(label="工号")
    name = serializers.CharField(label="姓名")
    column = serializers.CharField(label="列")
    old = serializers.CharField(label="原", allow_null=True, allow_blank=True)
    new = serializers.CharField(label="新", allow_null=True, allow_blank=True)


class OpeningOut(RowOut):
    """One file of opening balances. `digest` goes back with a confirmation."""

    file_name = serializers.CharField(source="file.name", read_only=True, label="文件名")

    class Meta:
        model = OpeningSet
        fields = [
            *("id", "branch", "first_month", "file_name", "digest", "people_count", "state", "state_label", "proposed_by"),
            *("proposed_at", "confirmed_by", "decided_at", "reason"),
        ]


class OpeningDetailOut(OpeningOut):
    """With what was found in the file."""

    refused = FindingOut(many=True, read_only=True)
    exceptions = FindingOut(many=True, read_only=True)
    notices = FindingOut(many=True, read_only=True)

    class Meta(OpeningOut.Meta):
        fields = [*OpeningOut.Meta.fields, "refused", "exceptions", "notices"]


class BalanceOut(RowOut):
    """One person's balances before the first month. Yuan."""

    class Meta:
        model = OpeningBalance
        fields = [
            *("person", "kind", "kind_label", "row", "started", "tax_mode", "income", "exempt", "net_income", "income_amount"),
            *("development_cost", "surtax", "basic", "special", "additional", "other", "relief", "withheld"),
            *("deferral_balance", "deferral_left", "deferral_instalment", "negative_commission", "annual_leave"),
        ]


class ProposedOut(serializers.Serializer[Any]):
    """What came of a file of opening balances."""

    what = serializers.CharField(label="结果")
    opening = OpeningDetailOut()


class FileGiven(Given):
    """A file of a branch and month; the month may be left to the file's name."""

    branch = BranchCode(required=False, default="")
    month = MonthField(label="月份", required=False, default=None)
    file = serializers.FileField(label="文件")


class SeenGiven(Given):
    """What was seen is what is confirmed."""

    seen_digest = serializers.CharField(label="所见内容散列", max_length=64)


class TaxModeOut(RowOut):
    """How 减除费用 counts for a person in a tax year."""

    class Meta:
        model = TaxMode
        fields = [
            *("id", "person", "branch", "tax_year", "mode", "mode_label", "reason", "state", "state_label", "proposed_by"),
            *("proposed_at", "confirmed_by", "decided_at", "returned"),
        ]


class TaxModeGiven(Given):
    """One person's way of a tax year; 13号公告 asks for the word that these are the year's first wages."""

    branch = BranchCode(required=False, default="")
    year = serializers.IntegerField(label="纳税年度", min_value=2021, max_value=2099)
    staff_no = serializers.CharField(label="工号", max_length=20)
    mode = serializers.ChoiceField(TaxMode.MODES, label="减除方式")
    first_wage = serializers.BooleanField(label="已核实首次取得工资、薪金", default=False)
    reason = serializers.CharField(label="理由与凭据", max_length=300)


class SuggestionOut(serializers.Serializer[Any]):
    """Who qualifies for 公告2020年第19号 by our own history."""

    person = PersonBrief(source="engagement.person")
    months = serializers.ListField(child=serializers.IntegerField(), source="sorted_months", label="已发月份")
    income = serializers.DecimalField(max_digits=16, decimal_places=2, source="paid.income", label="累计收入")


class SuggestedGiven(Given):
    """第19号 for these people of a branch and tax year."""

    branch = BranchCode(required=False, default="")
    year = serializers.IntegerField(label="纳税年度", min_value=2021, max_value=2099)
    staff_nos = serializers.ListField(child=serializers.CharField(max_length=20), label="工号", min_length=1, max_length=2000)


class TaxModesOut(serializers.Serializer[Any]):
    """What was proposed."""

    items = TaxModeOut(many=True)


class SheetOut(RowOut):
    """One 核算输入 file: pre-checked, then booked or dropped."""

    file_name = serializers.CharField(source="file.name", read_only=True, label="文件名")
    word = serializers.CharField(read_only=True, label="状态(中文)")

    class Meta:
        model = InputSheet
        fields = ["id", "branch", "month", "file_name", "state", "word", "rows", "imported_by", "checked_at", "booked_at"]


class SheetDetailOut(SheetOut):
    """With what was found and what it changes. `seen` goes back when it is booked."""

    refused = FindingOut(many=True, read_only=True)
    exceptions = FindingOut(many=True, read_only=True)
    notices = FindingOut(many=True, read_only=True)
    changes = InputChangeOut(many=True, read_only=True)
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta(SheetOut.Meta):
        fields = [*SheetOut.Meta.fields, "refused", "exceptions", "notices", "changes", "seen"]

    def get_seen(self, sheet: InputSheet) -> str:
        return stamp(shown_changes(sheet.changes))


class MonthlyInputOut(RowOut):
    """A person's month; null: not delivered, never read as nought."""

    class Meta:
        model = MonthlyInput
        fields = [
            *("person", "row", "due_days", "worked_days", "personal_leave", "sick_leave", "absence", "overtime_weekday"),
            *("overtime_rest", "overtime_statutory", "target", "duty_score", "complaints", "serious_violation", "vat"),
            *("other_allowance", "other_deduction", "damages_balance"),
        ]


class IncompleteOut(serializers.Serializer[Any]):
    """Whose row lacks which cells."""

    person = PersonBrief()
    cells = serializers.CharField(label="缺项")


class MonthInputsOut(serializers.Serializer[Any]):
    """A month's inputs: the booked sheet, its rows, and what is missing."""

    branch = BranchCode()
    month = MonthField(label="月份")
    sheet = SheetOut(allow_null=True)
    rows = MonthlyInputOut(many=True)
    missing = PersonBrief(many=True, label="没有输入的人员")
    incomplete = IncompleteOut(many=True)
