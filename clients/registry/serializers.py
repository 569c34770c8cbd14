from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from branch.rest.fields import BranchCode, MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut
from clients.registry.models import Client, ConfirmationSlip, Division, Relation


class ClientBrief(serializers.Serializer[Any]):
    """A client by number and name."""

    id = serializers.IntegerField(label="编号")
    client_no = serializers.CharField(label="客户号")
    name = serializers.CharField(label="客户姓名")


class OpenRelationOut(serializers.Serializer[Any]):
    """Whose client now."""

    manager = PersonBrief()
    kind = serializers.CharField(label="关系")
    from_month = MonthField(label="起")


class DivisionOut(RowOut):
    """Who develops and who serves a client, and how its income is shared."""

    service_percent = serializers.DecimalField(max_digits=5, decimal_places=2, read_only=True, label="服务人比例(%)")

    class Meta:
        model = Division
        fields = [
            *("id", "developer", "developer_percent", "service_person", "service_percent", "from_month", "to_month", "paper"),
            *("void", "note"),
        ]


class ClientOut(RowOut):
    """A client as a list shows one; the account masked."""

    masked_account = serializers.CharField(read_only=True, label="资金账号(掩码)")
    relation = serializers.SerializerMethodField(label="现有关系")
    divisions = DivisionOut(many=True, read_only=True, source="divisions_now", label="本月及以后的分工")

    class Meta:
        model = Client
        fields = ["id", "client_no", "name", "kind", "masked_account", "opened_on", "relation", "divisions"]

    @extend_schema_field(OpenRelationOut(allow_null=True))
    def get_relation(self, row: Any) -> Any:
        found = next(iter(row.open_relations), None)
        return OpenRelationOut(found).data if found is not None else None


class RelationOut(RowOut):
    """Whose client, from which month to which."""

    slip = serializers.CharField(source="slip.serial", read_only=True, label="确认单")

    class Meta:
        model = Relation
        fields = ["id", "manager", "kind", "from_month", "to_month", "slip"]


class SlipOut(RowOut):
    """《客户经理营销客户确认单》."""

    client = ClientBrief(read_only=True)

    class Meta:
        model = ConfirmationSlip
        fields = [
            *("id", "serial", "branch", "month", "number", "client", "manager", "relation_kind", "basis", "basis_label", "state"),
            *("state_label", "effective_month", "created_at", "decided_by", "decided_at", "reason"),
        ]


class ConfirmGiven(Given):
    """A whole month's slips that wait, or the chosen ones."""

    branch = BranchCode(required=False, default="")
    month = MonthField(label="编号月份", required=False, default=None, allow_null=True)
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        label="确认单编号",
        required=False,
        default=list,
        max_length=5000,
    )
