from __future__ import annotations

from typing import Any

from rest_framework import serializers

from branch.audit.models import AuditRow
from branch.rest.serializers import RowOut


class AuditRowOut(RowOut):
    """One act of the log, with its place in the chain."""

    details = serializers.JSONField(read_only=True, label="明细")
    actor = serializers.IntegerField(source="actor_id", read_only=True, allow_null=True, label="操作人编号")

    class Meta:
        model = AuditRow
        fields = [
            *("id", "at", "actor", "actor_name", "act", "subject_type", "subject_id", "branch_code", "summary", "details"),
            *("source", "sequence", "previous_hash", "hash"),
        ]


class VerdictOut(serializers.Serializer[Any]):
    """What a walk along the chain found."""

    sound = serializers.BooleanField(label="完整")
    checked = serializers.IntegerField(label="已核对环数")
    unsealed = serializers.IntegerField(label="尚未入链")
    breaks = serializers.ListField(child=serializers.CharField(), label="断点")
