"""Who is missing: clients that the month or the month before has and the file no longer names."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet

from branch.prepared import Prepared
from clients.imports.checking import MOST_LISTED
from clients.imports.comparing import Comparison
from clients.imports.findings import Finding, Report
from clients.imports.kinds import CHANGE, NOTICE
from clients.imports.models import ClientMonth, ImportBatch, StagedRow
from kernel.months import Month


@Prepared
def _booked(branch: Any, month: Any) -> QuerySet[ClientMonth, Any]:
    """How many rows the month has; nothing where it has none."""
    rows = ClientMonth.objects.filter(branch=branch, month=month).order_by()
    return rows.values("branch").annotate(count=Count("*")).values_list("count")


def _absent(batch: ImportBatch, month: Month) -> QuerySet[ClientMonth]:
    """Booked rows of `month` whose client the batch doesn't bring."""
    staged = StagedRow.objects.filter(batch=batch, client_no=OuterRef("client__client_no"))
    return ClientMonth.objects.filter(~Exists(staged), branch=batch.branch, month=month, client__branch=batch.branch)


def find_removed(comparison: Comparison, report: Report) -> None:
    """Clients that the month has booked and the file no longer names (refused rows are still named)."""
    check = comparison.check
    rows = _absent(ImportBatch(pk=comparison.batch_id, branch=check.branch), check.month)
    comparison.diff["removed"] = rows.count()
    message = "这次没有的客户,入账后删去本月数据"
    for client_no in rows.values_list("client__client_no", flat=True)[:MOST_LISTED]:
        report.findings.append(Finding(check.opened.upload.name, CHANGE, "removed", 0, "客户号", client_no, message))
    check.unlisted[CHANGE, "removed"] += max(0, comparison.diff["removed"] - MOST_LISTED)


def notice_gaps(comparison: Comparison, batch: ImportBatch, report: Report) -> None:
    """The month before as a whole: not imported, or with clients that the file doesn't name."""
    check, months = comparison.check, comparison.standing.months
    name, last = check.opened.upload.name, check.month.previous
    if months and months[0] < check.month and last not in months:
        message = f"{last.label}尚未导入,期初资产、客户经理变更和首次有效户都无从核对,请先导入上月"
        report.findings.append(Finding(name, NOTICE, "missing_month", 0, "", "", message))
        return
    if last not in months:
        return
    missing = _missing(comparison, batch, last)
    if missing:
        message = f"上月有数据的客户,本月有 {missing} 位没有,请核对是否销户或漏导"
        report.findings.append(Finding(name, NOTICE, "missing_clients", 0, "", "", message))


def _missing(comparison: Comparison, batch: ImportBatch, last: Month) -> int:
    """How many clients of the month before the file doesn't name (refused rows still name theirs)."""
    refused = comparison.check.refused_nos
    if comparison.found_before is not None and not refused:
        return sum(count for (count,) in _booked(branch=batch.branch_id, month=last)) - comparison.found_before
    absent = _absent(batch, last).order_by()
    if not refused:
        return absent.count()
    return sum(client_no not in refused for client_no in absent.values_list("client__client_no", flat=True).iterator(2000))
