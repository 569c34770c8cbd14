from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MonthField
from branch.rest.serializers import Given, RowOut
from clients.imports.kinds import RESOLUTIONS
from clients.imports.models import ClientMonth, CompanyImport, CompanyPart, ImportBatch, ImportFile, ImportProblem
from clients.registry.models import Client
from clients.registry.serializers import ClientBrief, DivisionOut, RelationOut, SlipOut

MOST = 5000


class ImportFileOut(RowOut):
    """One file of a batch."""

    class Meta:
        model = ImportFile
        fields = ["id", "kind", "kind_label", "name", "sha256", "rows"]


class BatchOut(RowOut):
    """One set of files with one verdict."""

    files = ImportFileOut(many=True, read_only=True)
    totals = serializers.JSONField(read_only=True, label="控制总数")
    diff = serializers.JSONField(read_only=True, label="变动")

    class Meta:
        model = ImportBatch
        fields = [
            *("id", "branch", "month", "state", "state_label", "rows", "refused", "waiting", "totals", "diff", "left_out"),
            *("files", "created_by", "created_at", "booked_by", "booked_at"),
        ]


class CheckedOut(serializers.Serializer[Any]):
    """What a pre-check gives: the batch that waits for confirmation, or none where nothing would change."""

    month = MonthField(label="月份")
    unchanged = serializers.BooleanField(label="与已入账的完全一致")
    batch = BatchOut(allow_null=True)


class ImportProblemOut(RowOut):
    """A finding of the pre-check."""

    file = serializers.CharField(source="file.name", read_only=True, label="文件名")

    class Meta:
        model = ImportProblem
        fields = ["id", "file", "severity", "severity_label", "kind", "kind_label", "row", "column", "value", "message"]


class CompanyImportOut(RowOut):
    """One file with the rows of many branches."""

    class Meta:
        model = CompanyImport
        fields = [
            *("id", "name", "month", "state", "state_label", "rows", "totals_left_out", "note"),
            *("created_by", "created_at", "ended_at"),
        ]


class RefusalCountOut(serializers.Serializer[Any]):
    """Why rows were refused, and how many findings of it."""

    reason = serializers.CharField(label="拒收原因")
    count = serializers.IntegerField(label="件数")


class CompanyPartOut(RowOut):
    """A branch's rows of the company's file. `branch` is null where nobody knows the file's `code`."""

    reasons = RefusalCountOut(many=True, read_only=True, label="拒收原因")

    class Meta:
        model = CompanyPart
        fields = [
            "id",
            "code",
            "branch",
            "state",
            "state_label",
            "rows",
            "refused",
            "waiting",
            "note",
            "final",
            "batch",
            "reasons",
        ]


class CompanyFileGiven(Given):
    """The company's CSV."""

    file = serializers.FileField(label="文件")


class FilesGiven(Given):
    """The files of one month, and of which branch."""

    branch = BranchCode(required=False, default="")
    files = serializers.ListField(child=serializers.FileField(), label="文件", min_length=1, max_length=4)


class LeaveOutGiven(Given):
    """Why refused rows are left out, where there are any."""

    leave_out = serializers.CharField(label="剔除原因", max_length=200, allow_blank=True, default="")


class ClientMonthOut(RowOut):
    """A client's row of a month."""

    client = ClientBrief(read_only=True)
    exception_label = serializers.CharField(read_only=True, label="异常(中文)")

    class Meta:
        model = ClientMonth
        fields = [
            *("id", "month", "source_row", "client", "manager_no", "manager_name", "manager", "relation_kind", "turnover"),
            *("gross_commission", "net_commission", "margin_income", "opening_assets", "closing_assets", "assets_in"),
            *("assets_out", "is_valid", "exception", "exception_label", "expected", "resolution", "settled_to", "resolved_by"),
            *("resolved_at", "reason"),
        ]


class ClientMonthBrief(RowOut):
    """A month of one client."""

    class Meta:
        model = ClientMonth
        fields = ["id", "month", "manager", "settled_to", "turnover", "net_commission", "closing_assets", "is_valid", "exception"]


class ClientDetailOut(RowOut):
    """A client: whose from when, the slips, month by month."""

    masked_account = serializers.CharField(read_only=True, label="资金账号(掩码)")
    relations = RelationOut(many=True, source="shown_relations")
    divisions = DivisionOut(many=True, source="shown_divisions")
    slips = SlipOut(many=True, source="shown_slips")
    months = ClientMonthBrief(many=True, source="shown_months")

    class Meta:
        model = Client
        fields = [
            *("id", "branch", "client_no", "name", "kind", "masked_account", "opened_on", "relations", "divisions"),
            *("slips", "months"),
        ]


class WaitingOut(serializers.Serializer[Any]):
    """How much of a month waits."""

    branch = BranchCode()
    month = MonthField(label="月份")
    rows = serializers.IntegerField(label="客户行")
    sales = serializers.IntegerField(label="销售")
    unconfirmed = serializers.IntegerField(label="关系待确认")
    shared = serializers.IntegerField(label="资金账号重复")


class ResolveGiven(Given):
    """How to resolve the chosen rows; 工号 for 更正客户经理, a reason for that, for 不计入 and for 转户."""

    branch = BranchCode(required=False, default="")
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1), label="行", min_length=1, max_length=MOST
    )
    how = serializers.ChoiceField(list(RESOLUTIONS.items()), label="处理方式")
    staff_no = serializers.CharField(label="工号", max_length=20, allow_blank=True, default="")
    reason = serializers.CharField(label="原因", max_length=200, allow_blank=True, default="")


class BranchGiven(Given):
    """Of which branch."""

    branch = BranchCode(required=False, default="")
