"""The versions as the list filters them, to take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from approvals.routes import queries
from approvals.routes.access import ROUTE_DOOR
from approvals.routes.forms import RouteFilter
from approvals.routes.models import RouteQuerySet
from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("kind", "类别", width=24),
    OutColumn("name", "名称", width=32),
    OutColumn("branch", "适用", width=20),
    OutColumn("version", "版本", width=8),
    OutColumn("effective_from", "生效日", width=12),
    OutColumn("effective_to", "失效日", width=12),
    OutColumn("state", "状态", width=10),
    OutColumn("stages", "环节", width=60),
    OutColumn("basis", "依据", width=40),
)


def _rows(routes: RouteQuerySet) -> Iterator[dict[str, Any]]:
    kinds = queries.kinds_known()
    for route in routes:
        yield {
            "kind": kinds.get(route.kind, route.kind),
            "name": route.name,
            "branch": str(route.branch or "全公司"),
            "version": str(route.version),
            "effective_from": f"{route.effective_from:%Y-%m-%d}",
            "effective_to": f"{route.effective_to:%Y-%m-%d}" if route.effective_to else "",
            "state": route.standing,
            "stages": " → ".join(stage["label"] for stage in route.stages),
            "basis": route.basis,
        }


def prepare(wanted: Wanted) -> Prepared:
    """What the list shows, as filtered."""
    rows = usable(RouteFilter(wanted.query)).narrow(queries.listed(wanted.person))
    if wanted.query.get("short"):
        rows = rows.filter(pk__in=queries.short_today(wanted.person))
    return as_prepared(wanted, Listing("审批流程", COLUMNS, _rows(rows), rows.count()))


ROUTES = ExportKind(
    "routes", "审批流程", prepare, takes=tuple(RouteFilter.base_fields), powers=ROUTE_DOOR, reaches=(Power.ROUTE_VIEW,)
)
