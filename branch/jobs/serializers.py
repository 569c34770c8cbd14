from __future__ import annotations

from rest_framework import serializers

from branch.jobs.models import Job
from branch.rest.serializers import RowOut


class JobOut(RowOut):
    """A long piece of work: how far it is, what came of it."""

    message = serializers.CharField(source="error", read_only=True, label="原因")
    result = serializers.JSONField(read_only=True, label="结果")

    class Meta:
        model = Job
        fields = [
            *("id", "kind", "title", "owner", "branch", "state", "state_label", "total", "done", "step", "attempts"),
            *("message", "result", "link", "created_at", "started_at", "ended_at"),
        ]
