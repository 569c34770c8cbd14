"""Clients and confirmation slips, to take away: accounts masked as on the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from clients.registry.forms import ClientFilter, SlipFilter
from clients.registry.models import ClientQuerySet, ConfirmationSlipQuerySet
from clients.registry.queries import slip_months
from kernel.sheets.writing import OutColumn

CHUNK = 2000
CLIENT_COLUMNS = (
    OutColumn("client_no", "客户号", width=14),
    OutColumn("name", "姓名", width=12),
    OutColumn("kind", "客户类型", width=9),
    OutColumn("account", "资金账号(掩码)", width=16),
    OutColumn("opened_on", "开户日期", "day", 12),
    OutColumn("staff_no", "客户经理工号", width=12),
    OutColumn("manager", "客户经理", width=10),
    OutColumn("relation", "关系", width=8),
    OutColumn("since", "自", "month", 10),
    OutColumn("state", "关系状态", width=10),
    OutColumn("division", "分工", width=30),
)
SLIP_COLUMNS = (
    OutColumn("serial", "流水号", width=22),
    OutColumn("client", "客户", width=12),
    OutColumn("client_no", "客户号", width=14),
    OutColumn("staff_no", "客户经理工号", width=12),
    OutColumn("manager", "客户经理", width=10),
    OutColumn("relation", "关系", width=8),
    OutColumn("basis", "依据", width=8),
    OutColumn("effective", "生效月", "month", 10),
    OutColumn("state", "状态", width=8),
    OutColumn("decided_by", "确认人", width=10),
    OutColumn("reason", "说明", width=24),
)


def _client_rows(clients: ClientQuerySet) -> Iterator[dict[str, Any]]:
    for client in clients.iterator(chunk_size=CHUNK):
        relation = next(iter(client.open_relations), None)  # type: ignore[attr-defined]
        slip = next(iter(client.waiting_slips), None)  # type: ignore[attr-defined]
        held = relation or slip
        since = relation.from_month if relation else slip.effective_month if slip else None
        yield {
            "client_no": client.client_no,
            "name": client.name,
            "kind": client.kind,
            "account": client.masked_account,
            "opened_on": client.opened_on,
            "staff_no": held.manager.staff_no if held else "",
            "manager": held.manager.name if held else "",
            "relation": relation.kind if relation else slip.relation_kind if slip else "",
            "since": since,
            "state": "有效" if relation else "待核" if slip else "未确认",
            "division": ";".join(f"{one},自{one.from_month.label}" for one in client.divisions_now),  # type: ignore[attr-defined]
        }


def prepare_clients(wanted: Wanted) -> Prepared:
    """The clients as the list filters them."""
    rows = usable(ClientFilter(wanted.query)).rows(wanted.person)
    return as_prepared(wanted, Listing("客户名单", CLIENT_COLUMNS, _client_rows(rows), rows.count()))


def _slip_rows(slips: ConfirmationSlipQuerySet) -> Iterator[dict[str, Any]]:
    for slip in slips.iterator(chunk_size=CHUNK):
        yield {
            "serial": slip.serial,
            "client": slip.client.name,
            "client_no": slip.client.client_no,
            "staff_no": slip.manager.staff_no,
            "manager": slip.manager.name,
            "relation": slip.relation_kind,
            "basis": slip.get_basis_display(),
            "effective": slip.effective_month,
            "state": slip.get_state_display(),
            "decided_by": slip.decided_by.name if slip.decided_by else "",
            "reason": slip.reason,
        }


def prepare_slips(wanted: Wanted) -> Prepared:
    """The slips as the list filters them."""
    rows = usable(SlipFilter(wanted.query, months=slip_months(wanted.person))).rows(wanted.person)
    return as_prepared(wanted, Listing("客户确认单", SLIP_COLUMNS, _slip_rows(rows), rows.count()))


CLIENTS = ExportKind("clients", "客户名单", prepare_clients, takes=tuple(ClientFilter.base_fields), reaches=(Power.CLIENT_VIEW,))
SLIPS = ExportKind("slips", "客户确认单", prepare_slips, takes=tuple(SlipFilter.base_fields), reaches=(Power.CLIENT_VIEW,))
