from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.rest.fields import BranchCode, MonthField, PersonBrief
from branch.rest.serializers import Given, RowOut, StampGiven
from clients.registry.serializers import ClientBrief, DivisionOut
from kernel.seen import stamp
from teams.plans.division import rules
from teams.plans.division.models import DivisionProposal


class DivisionRowOut(DivisionOut):
    """A division with its client."""

    client = ClientBrief(read_only=True)

    class Meta(DivisionOut.Meta):
        fields = ["client", *DivisionOut.Meta.fields]


class DivisionProposalOut(RowOut):
    """A proposal: the two and their parts (none of an end), from which month, who has agreed."""

    service_percent = serializers.DecimalField(
        max_digits=5, decimal_places=2, read_only=True, allow_null=True, label="服务人比例(%)"
    )
    count = serializers.IntegerField(read_only=True, label="客户数")
    approval = serializers.CharField(source="approval.number", read_only=True, default="", label="审批单号")

    class Meta:
        model = DivisionProposal
        fields = [
            *("id", "branch", "ends", "developer", "developer_percent", "service_person", "service_percent", "from_month"),
            *("to_month", "reason", "early_reason", "count", "state", "state_label", "approval", "made_by", "made_at"),
            *("developer_agreed_at", "service_agreed_at", "declined_by", "note"),
        ]


class ProposedClientOut(serializers.Serializer[Any]):
    """A client of a proposal, and whose it is."""

    client = ClientBrief()
    manager = PersonBrief(allow_null=True)
    before = DivisionOut(allow_null=True, label="现行分工")


class ProposalDetailOut(DivisionProposalOut):
    """A proposal with its clients. `seen` may go back with a change."""

    clients = ProposedClientOut(many=True, source="lines", read_only=True)
    seen = serializers.SerializerMethodField(label="所见内容的印记")

    class Meta(DivisionProposalOut.Meta):
        fields = [*DivisionProposalOut.Meta.fields, "clients", "seen"]

    def get_seen(self, row: DivisionProposal) -> str:
        return stamp(row.content)


class _Percent(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**({"max_digits": 5, "decimal_places": 2, "min_value": 0, "max_value": 100} | options))


class DivisionProposalGiven(Given):
    """What is proposed. With `ends` the two and their parts are left out: they are those who share the clients now."""

    branch = BranchCode(required=False, default="")
    ends = serializers.BooleanField(label="解除分工", required=False, default=False)
    clients = serializers.ListField(
        child=serializers.CharField(max_length=40), label="客户号", min_length=1, max_length=rules.MOST
    )
    developer = serializers.CharField(label="开发人工号", max_length=20, required=False, default="")
    developer_percent = _Percent(label="开发人比例(%)", required=False, default=None, allow_null=True)
    service_person = serializers.CharField(label="服务人工号", max_length=20, required=False, default="")
    service_percent = _Percent(label="服务人比例(%)", required=False, default=None, allow_null=True)
    from_month = MonthField(label="生效月")
    to_month = MonthField(label="终止月(含)", required=False, default=None, allow_null=True)
    early_reason = serializers.CharField(label="提前生效的原因", max_length=200, required=False, default="", allow_blank=True)
    reason = serializers.CharField(label="原因", max_length=200)


class ProposalChangeGiven(DivisionProposalGiven, StampGiven):
    """Another wording; with `seen` a change in between is told instead of overwritten."""


class AnswerGiven(StampGiven):
    """What one of the two says; a reason where it is no. With `seen` nobody agrees to another wording than was read."""

    act = serializers.ChoiceField(choices=[("agree", "同意"), ("decline", "不同意")], label="意见")
    reason = serializers.CharField(label="不同意的原因", max_length=200, required=False, default="", allow_blank=True)


class ProposalDropGiven(Given):
    """Why it is taken back."""

    reason = serializers.CharField(label="原因", max_length=200)
