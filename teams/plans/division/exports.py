"""Divisions, to take away: what the page shows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from clients.registry.models import DivisionQuerySet
from kernel.sheets.writing import OutColumn
from teams.plans.division.forms import DivisionFilter

CHUNK = 2000
COLUMNS = (
    OutColumn("client_no", "客户号", width=14),
    OutColumn("client", "客户", width=12),
    OutColumn("developer_no", "开发人工号", width=12),
    OutColumn("developer", "开发人", width=10),
    OutColumn("developer_percent", "开发人比例(%)", width=12),
    OutColumn("service_no", "服务人工号", width=12),
    OutColumn("service_person", "服务人", width=10),
    OutColumn("service_percent", "服务人比例(%)", width=12),
    OutColumn("from_month", "起", "month", 10),
    OutColumn("to_month", "止", "month", 10),
    OutColumn("paper", "审批单号", width=16),
    OutColumn("state", "状态", width=8),
    OutColumn("note", "说明", width=24),
)


def _rows(divisions: DivisionQuerySet) -> Iterator[dict[str, Any]]:
    for one in divisions.iterator(chunk_size=CHUNK):
        yield {
            "client_no": one.client.client_no,
            "client": one.client.name,
            "developer_no": one.developer.staff_no,
            "developer": one.developer.name,
            "developer_percent": str(one.developer_percent),
            "service_no": one.service_person.staff_no,
            "service_person": one.service_person.name,
            "service_percent": str(one.service_percent),
            "from_month": one.from_month,
            "to_month": one.to_month,
            "paper": one.paper,
            "state": "作废" if one.void else "有效",
            "note": one.note,
        }


def prepare(wanted: Wanted) -> Prepared:
    """The divisions as the list filters them."""
    rows = usable(DivisionFilter(wanted.query)).rows(wanted.person)
    return as_prepared(wanted, Listing("客户分工", COLUMNS, _rows(rows), rows.count()))


DIVISIONS = ExportKind("divisions", "客户分工", prepare, takes=tuple(DivisionFilter.base_fields), reaches=(Power.CLIENT_VIEW,))
