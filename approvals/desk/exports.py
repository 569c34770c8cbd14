"""One's own requests as a tab of the approval centre filters them, to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from approvals.desk.forms import RequestFilter
from approvals.desk.queries import TABS, rows_of_tab
from approvals.requests.models import RequestQuerySet
from approvals.routes.register import label_of
from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from kernel.refusals import Unknown
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("number", "单号", width=24),
    OutColumn("title", "标题", width=40),
    OutColumn("kind", "类别", width=16),
    OutColumn("applicant", "发起人", width=10),
    OutColumn("branch", "营业部", width=20),
    OutColumn("started_at", "发起时间", width=17),
    OutColumn("stage", "当前环节", width=16),
    OutColumn("state", "状态", width=10),
)


def _rows(requests: RequestQuerySet) -> Iterator[dict[str, Any]]:
    for row in requests:
        yield {
            "number": row.number,
            "title": row.title,
            "kind": label_of(row.kind),
            "applicant": row.applicant.name,
            "branch": str(row.branch or "总部"),
            "started_at": f"{timezone.localtime(row.started_at):%Y-%m-%d %H:%M}" if row.started_at else "",
            "stage": getattr(row, "present_stage", None) or "",
            "state": row.get_state_display(),
        }


def prepare(wanted: Wanted) -> Prepared:
    """A tab of the centre, as filtered; anybody has their own."""
    tab = wanted.query.get("tab", "")
    if tab not in TABS:
        raise Unknown("没有这张清单")
    rows = usable(RequestFilter(wanted.query)).narrow(rows_of_tab(tab, wanted.person))
    return as_prepared(wanted, Listing(f"审批_{TABS[tab]}", COLUMNS, _rows(rows), rows.count()))


REQUESTS = ExportKind("requests", "审批清单", prepare, takes=("tab", *RequestFilter.base_fields))
