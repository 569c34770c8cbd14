"""Rule documents, to take away: the list as the page shows it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils import timezone

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared
from kernel.sheets.writing import OutColumn
from teams.plans.rulebooks import access, queries
from teams.plans.rulebooks.models import DocumentQuerySet

COLUMNS = (
    OutColumn("branch", "营业部", width=18),
    OutColumn("whose", "适用", width=18),
    OutColumn("kind", "类别", width=18),
    OutColumn("version", "版本", width=8),
    OutColumn("standing", "状态", width=10),
    OutColumn("paper_no", "文号", width=22),
    OutColumn("effective_from", "生效日期", "day", 12),
    OutColumn("effective_to", "失效日期", "day", 12),
    OutColumn("made_by", "拟稿或登记", width=12),
    OutColumn("made_on", "拟稿日期", "day", 12),
    OutColumn("checked_by", "复核", width=10),
    OutColumn("approved_on", "批准日期", "day", 12),
)


def _rows(documents: DocumentQuerySet, today: date) -> Iterator[dict[str, Any]]:
    for row in documents:
        yield {
            "branch": row.branch.name,
            "whose": row.whose,
            "kind": row.get_kind_display(),
            "version": row.version,
            "standing": row.standing(today)[0],
            "paper_no": row.paper_no,
            "effective_from": row.effective_from,
            "effective_to": row.effective_to,
            "made_by": row.made_by.name,
            "made_on": timezone.localdate(row.made_at),
            "checked_by": row.checked_by.name if row.checked_by is not None else "",
            "approved_on": timezone.localdate(row.approved_at) if row.approved_at else None,
        }


def prepare(wanted: Wanted) -> Prepared:
    """Every version the person sees."""
    documents = queries.documents_for(wanted.person)
    return as_prepared(wanted, Listing("实施细则", COLUMNS, _rows(documents, timezone.localdate()), documents.count()))


RULE_DOCUMENTS = ExportKind("rule-documents", "实施细则", prepare, powers=access.DOOR, reaches=access.DOOR)
