"""The log as filtered, to take away; with each row's place in the chain, so that the copy can be checked against it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from branch.templatetags.zhanye import audit_source
from branch.trail import queries
from branch.trail.forms import TrailFilter
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("at", "时间", width=19),
    OutColumn("actor", "操作人", width=16),
    OutColumn("act", "动作", width=20),
    OutColumn("summary", "摘要", width=60),
    OutColumn("branch", "营业部", width=10),
    OutColumn("source", "来源", width=10),
    OutColumn("sequence", "链序号", "int", 10),
    OutColumn("hash", "散列", width=66),
)


def _rows(rows: QuerySet[AuditRow]) -> Iterator[dict[str, Any]]:
    for row in rows.iterator(chunk_size=2000):
        yield {
            "at": f"{timezone.localtime(row.at):%Y-%m-%d %H:%M:%S}",
            "actor": row.actor_name,
            "act": row.act,
            "summary": row.summary,
            "branch": row.branch_code,
            "source": audit_source(row.source),
            "sequence": row.sequence,
            "hash": row.hash,
        }


def prepare(wanted: Wanted) -> Prepared:
    """The log as the list filters it."""
    rows = queries.filtered(queries.rows_visible_to(wanted.person), usable(TrailFilter(wanted.query)).cleaned_data)
    return as_prepared(wanted, Listing("审计日志", COLUMNS, _rows(rows), rows.count()))


AUDIT = ExportKind("audit", "审计日志", prepare, takes=tuple(TrailFilter.base_fields), powers=(Power.AUDIT_VIEW,))
