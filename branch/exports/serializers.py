from __future__ import annotations

from rest_framework import serializers

from branch.exports.models import Export
from branch.rest.serializers import Given, RowOut


class ExportOut(RowOut):
    """A file taken out."""

    standing = serializers.CharField(read_only=True, label="状态(中文)")
    job = serializers.IntegerField(source="job_id", read_only=True, allow_null=True, label="任务编号")

    class Meta:
        model = Export
        fields = [
            *("id", "kind", "title", "branch", "reason", "state", "standing", "rows", "file_name", "sha256", "job", "error"),
            *("downloads", "created_at", "ready_at", "expires_at"),
        ]


class ExportGiven(Given):
    """What for; the list's filters go into the address as they do for the list."""

    reason = serializers.CharField(label="用途", max_length=200, allow_blank=True, default="")
