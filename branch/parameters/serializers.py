from __future__ import annotations

from rest_framework import serializers

from branch.parameters.models import ParameterValue
from branch.rest.serializers import Given, RowOut


class ValueOut(RowOut):
    """One value of one parameter for a span of days."""

    value = serializers.JSONField(read_only=True, label="数值")

    class Meta:
        model = ParameterValue
        fields = [
            *("id", "code", "name", "unit", "value", "effective_from", "effective_to", "source", "confidence", "note"),
            *("paper_no", "state", "state_label", "proposed_by", "proposed_at", "decided_by", "decided_at"),
        ]


class ProposalGiven(Given):
    """A new value, in the shape of the one before; written as on the page: numbers as text, tables as JSON text."""

    value = serializers.CharField(label="新数值", max_length=20000)
    effective_from = serializers.DateField(label="生效日")
    effective_to = serializers.DateField(label="失效日", required=False, allow_null=True, default=None)
    source = serializers.CharField(label="依据", max_length=300)  # type: ignore[assignment]
    note = serializers.CharField(label="说明", max_length=300, allow_blank=True, default="")


class PaperGiven(Given):
    """The number of the paper that approves it."""

    paper_no = serializers.CharField(label="批准文件文号", max_length=60)
