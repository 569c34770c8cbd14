from __future__ import annotations

from branch.notices.models import Notice
from branch.rest.serializers import RowOut


class NoticeOut(RowOut):
    """One message."""

    class Meta:
        model = Notice
        fields = ["id", "text", "link", "at", "read_at"]
