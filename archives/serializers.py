from __future__ import annotations

from rest_framework import serializers

from archives.models import Filing
from branch.rest.serializers import Given, RowOut


class FilingOut(RowOut):
    """A document of record."""

    kind_label = serializers.CharField(read_only=True, label="类别(中文)")
    file_name = serializers.CharField(source="file.name", read_only=True, label="文件名")

    class Meta:
        model = Filing
        fields = [
            *("id", "serial_no", "kind", "kind_label", "title", "branch", "month", "state", "state_label", "file_name", "sha256"),
            *("submitted_by", "submitted_at", "received_by", "received_at", "keep_until", "location"),
        ]


class ReceiptGiven(Given):
    """Receipt: the number may be left to the series."""

    number = serializers.CharField(label="备案号", max_length=40, allow_blank=True, default="")
    location = serializers.CharField(label="存放位置", max_length=80, allow_blank=True, default="")
