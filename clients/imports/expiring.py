"""What nobody confirms doesn't stay for ever: old pre-checks are given up, their staged rows with them."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from clients.imports.models import ImportBatch, StagedRow, StagedSale
from clients.imports.states import BATCH_MOVES, CHECKED


def expire_checked() -> int:
    """Give up batches that have waited IMPORT_WAIT_DAYS. Findings and files stay, staged rows go, who handed them in is told.

    Returns how many. Safe to run twice and side by side.
    """
    since = timezone.now() - timedelta(days=settings.IMPORT_WAIT_DAYS)
    gone = 0
    for batch_id in list(ImportBatch.objects.filter(state=CHECKED, created_at__lt=since).values_list("pk", flat=True)):
        with transaction.atomic():
            batch = ImportBatch.objects.select_for_update(of=("self",)).select_related("branch", "created_by").get(pk=batch_id)
            if batch.state != CHECKED:
                continue
            batch.state = BATCH_MOVES.after(batch.state, "drop")
            batch.save(update_fields=["state"])
            StagedRow.objects.filter(batch=batch).delete()
            StagedSale.objects.filter(batch=batch).delete()
            said = f"{batch}超过 {settings.IMPORT_WAIT_DAYS} 天没有确认,已放弃;如仍需要请重新导入"
            record(by=None, act="imports.expire", subject=batch, summary=said, branch_code=batch.branch.code)
            tell([batch.created_by], said, key=f"imports.expired:{batch.pk}", link=f"/clients/imports/{batch.pk}/")
            gone += 1
    return gone
