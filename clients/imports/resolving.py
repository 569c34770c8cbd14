"""The writes about what waits: each exception is resolved by a person, on purpose, with a reason where it costs somebody."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from branch.audit.actions import record
from branch.org.models import Branch
from branch.people.models import Person
from clients.imports import sharing
from clients.imports.access import require_may_resolve
from clients.imports.kinds import (
    CHANGED,
    CORRECT,
    EXCLUDE,
    KEEP,
    MANAGER_CHANGED,
    RESOLUTIONS,
    SHARED,
)
from clients.imports.known import known_of
from clients.imports.models import ClientMonth
from clients.imports.rules import Manager, manager_exception
from clients.imports.standing import booked_months, managers_of
from clients.products.models import ProductSale
from clients.products.queries import listed_products
from clients.products.rules import PRODUCT_STOPPED, UNKNOWN_PRODUCT, off_the_list
from clients.products.turns import book_by_the_list
from clients.registry import register
from clients.registry.actions import Proposal, change_manager, establish, propose_slips
from clients.registry.models import ConfirmationSlip, Relation
from clients.registry.states import VOID
from kernel.months import Month
from kernel.refusals import Refusal

Basis = ConfirmationSlip.Basis


@transaction.atomic
def resolve_rows(
    *, branch: Branch, month: Month, ids: Iterable[int], how: str, by: Person, reason: str = "", staff_no: str = ""
) -> int:
    """Resolve waiting client rows (and, for 不计入, unconfirmed ones) in one way. Returns how many. All of them or none."""
    require_may_resolve(by, branch, how)
    register.require_open(branch, month)
    twice = sharing.compare(branch, month).twice if how in sharing.SETTLED else []
    rows = _chosen(branch, month, ids, how, {one.client_id for one in twice})
    reason = _reason(how, reason)
    if how == KEEP:
        _keep(rows, branch, month)
    elif how == CHANGED:
        _change(rows, month, by, reason)
    elif how == CORRECT:
        _correct(rows, branch, month, by, staff_no)
    elif how == SHARED:
        _share(rows, branch, month)
    _write(rows, how, by, reason)
    record(
        by=by,
        act="imports.resolve_rows",
        subject=branch,
        summary=f"{month.label}异常 {len(rows)} 行:{RESOLUTIONS[how]}" + (f"({staff_no})" if how == CORRECT else ""),
        branch_code=branch.code,
        month=month,
        rows=[{"client": row.client.client_no, "kind": row.exception, "settled_to": row.settled_to_id} for row in rows],
        reason=reason,
    )
    decided = {row.client_id for row in rows}
    if doubles := [one for one in twice if one.client_id in decided]:
        sharing.tell_decided(branch, month, doubles, f"对方已处理为“{RESOLUTIONS[how]}”:{reason}", by=by)
    return len(rows)


def _chosen(branch: Branch, month: Month, ids: Iterable[int], how: str, twice: Collection[int]) -> list[ClientMonth]:
    """`twice`: clients whose account's month is there twice. As 转户 such a row is decided about also where it was settled."""
    wanted = set(ids)
    before = ("", KEEP, CHANGED, CORRECT) if how == SHARED else ("",)
    own = ClientMonth.objects.select_for_update(of=("self",)).filter(
        branch=branch, month=month, pk__in=wanted, resolution__in=before
    )
    waiting = Q(client__in=twice) if how == SHARED else ~Q(exception="")
    if how == EXCLUDE:
        waiting |= Q(pk__in=ClientMonth.objects.filter(branch=branch, month=month).unconfirmed().values("pk"))
        waiting |= Q(client__in=twice)
    beside = ("client", "manager") if how == CHANGED else ("client",)
    rows = list(own.filter(waiting).select_related(*beside).order_by("source_row"))
    if not wanted:
        raise Refusal("请先勾选要处理的行", code="nothing_chosen")
    if len(rows) != len(wanted):
        raise Refusal(
            "所选的行里有的已由同事处理或不再等待,一行都没有处理,请重选",
            code="stale",
            items=_done_by_others(ClientMonth.objects.filter(branch=branch, month=month, pk__in=wanted), how),
        )
    return rows


def _done_by_others(chosen: QuerySet[Any], how: str) -> list[str]:
    """For whoever comes second: what a colleague has done with the chosen rows, beside what was asked for now."""
    done = chosen.exclude(resolution="").select_related("resolved_by", "settled_to").order_by("source_row")
    yours = RESOLUTIONS.get(how, how)
    return [
        f"第 {row.source_row} 行:同事 {row.resolved_by or '系统'} 已处理为“{RESOLUTIONS.get(row.resolution, row.resolution)}”"
        + (f"({row.settled_to})" if row.settled_to else "")
        + f",您选的是“{yours}”"
        for row in done[:20]
    ]


def _reason(how: str, reason: str) -> str:
    if how not in RESOLUTIONS:
        raise Refusal("请选择处理方式", code="no_way")
    if how in (CORRECT, *sharing.SETTLED) and not reason.strip():
        raise Refusal(f"“{RESOLUTIONS[how]}”需要写明原因", code="reason_missing")
    return reason.strip()[:200]


def _keep(rows: Sequence[ClientMonth], branch: Branch, month: Month) -> None:
    managers = {manager.person_id: manager for manager in managers_of(branch).values()}
    for row in rows:
        if row.expected_id is None:
            raise Refusal(f"第 {row.source_row} 行的客户没有原客户经理,请用“更正客户经理”或“不计入”", code="no_expected")
        if row.expected_id not in managers or not managers[row.expected_id].employed_in(month):
            raise Refusal(
                f"第 {row.source_row} 行的原客户经理{month.label}不在职,请用“更正客户经理”或“不计入”", code="not_employed"
            )
        row.settled_to_id = row.expected_id


def _change(rows: Sequence[ClientMonth], month: Month, by: Person, reason: str) -> None:
    for row in rows:
        if row.exception != MANAGER_CHANGED or row.manager is None or row.expected_id is None:
            raise Refusal(f"第 {row.source_row} 行不是客户经理变更,不能按变更确认", code="not_a_change")
        change_manager(client=row.client, manager=row.manager, relation_kind=row.relation_kind, month=month, by=by, reason=reason)
        row.settled_to_id = row.expected_id


def _correct(rows: Sequence[ClientMonth], branch: Branch, month: Month, by: Person, staff_no: str) -> None:
    manager = _employed(branch, month, staff_no)
    person = Person.objects.get(pk=manager.person_id)
    months = booked_months(branch)
    basis = Basis.OPENING if months and months[0] == month else Basis.NEW
    for row in rows:
        if not Relation.objects.filter(client=row.client_id).exists():
            establish(client=row.client, manager=person, relation_kind=row.relation_kind, month=month, basis=basis, by=by)
        row.settled_to_id = manager.person_id


def _share(rows: Sequence[ClientMonth], branch: Branch, month: Month) -> None:
    """Both incomes are true, before the move and after it; the assets at the month's end are in one place."""
    own = ClientMonth.objects.filter(branch=branch, month=month, pk__in=[row.pk for row in rows])
    unconfirmed = set(own.unconfirmed().values_list("pk", flat=True))
    for row in rows:
        if row.pk in unconfirmed or (row.exception and row.settled_to_id is None):
            raise Refusal(f"第 {row.source_row} 行还没有客户经理可计,请先确认客户关系或处理该行的异常", code="no_expected")
        if row.closing_assets and sharing.doubles_of(row).exclude(closing_assets=0).exists():
            raise Refusal(
                f"第 {row.source_row} 行的资金账号在两处都有期末资产,转户以后只会在一处:请核对是哪一处多写了,"
                f"更正 CRM 文件后重新导入;不归本营业部的设为“{RESOLUTIONS[EXCLUDE]}”",
                code="assets_twice",
            )
        row.settled_to_id = row.settled_to_id or row.manager_id


def _employed(branch: Branch, month: Month, staff_no: str) -> Manager:
    manager = managers_of(branch).get(staff_no.strip())
    if manager is None:
        raise Refusal(f"本营业部没有工号为“{staff_no}”的客户经理", code="unknown_manager")
    if not manager.employed_in(month):
        raise Refusal(f"{manager.name}({manager.staff_no}){month.label}不在职", code="not_employed")
    return manager


def _write(rows: Sequence[ClientMonth], how: str, by: Person, reason: str) -> None:
    """One statement: they are settled to their expected managers, to their own, to one other, or to nobody. By their clients, as
    a month's rows are found (ADR 0074): by their own numbers the branch's whole month would be read."""
    own = {KEEP: F("expected"), CHANGED: F("expected"), SHARED: Coalesce("settled_to", "manager")}
    settled = own.get(how, rows[0].settled_to_id)
    first, clients = rows[0], [row.client_id for row in rows]
    ClientMonth.objects.filter(branch=first.branch_id, month=first.month, client__in=clients).update(
        settled_to=settled, resolution=how, resolved_by=by, resolved_at=timezone.now(), reason=reason
    )


@transaction.atomic
def reopen_row(*, row_id: int, branch: Branch, by: Person) -> ClientMonth:
    """Take a resolution back while the month is open; a confirmed change only once its slip is void."""
    resolved = ClientMonth.objects.filter(pk=row_id, branch=branch).exclude(resolution="")
    month = resolved.values_list("month", flat=True).first()
    if month is None:
        raise Refusal("这一行没有可撤销的处理", code="stale")
    register.require_open(branch, month)  # the month before its rows, as whoever imports it takes them
    row = resolved.select_for_update(of=("self",)).filter(month=month).first()
    if row is None:
        raise Refusal("这一行没有可撤销的处理", code="stale")
    require_may_resolve(by, branch, row.resolution)
    if row.resolution in (CHANGED, SHARED) and _change_of(row).exists():
        raise Refusal("客户经理变更已开具确认单,请先到确认单页面作废那张变更单,再撤销这里的处理", code="has_slip")
    record(
        by=by,
        act="imports.reopen_row",
        subject=row,
        summary=f"撤销{row.month.label}第 {row.source_row} 行的处理({RESOLUTIONS[row.resolution]})",
        branch_code=branch.code,
        was=row.resolution,
        reason=row.reason,
    )
    row.resolution, row.settled_to, row.resolved_by, row.resolved_at, row.reason = "", None, None, None, ""
    ClientMonth.objects.filter(branch=branch, month=row.month, client=row.client_id).bulk_update(
        [row], ["resolution", "settled_to", "resolved_by", "resolved_at", "reason"]
    )
    return row


def _change_of(row: ClientMonth) -> QuerySet[ConfirmationSlip]:
    """The slip that confirmed the row's change of manager, unless it was voided."""
    slips = ConfirmationSlip.objects.exclude(state=VOID).filter(client=row.client_id, basis=Basis.CHANGE)
    return slips.filter(manager=row.manager_id, month=row.month, effective_month=row.month.next)


@transaction.atomic
def resolve_sales(
    *, branch: Branch, month: Month, ids: Iterable[int], how: str, by: Person, reason: str = "", staff_no: str = ""
) -> int:
    """Resolve waiting sales: by the client's own manager, by another, or for nobody. Returns how many."""
    require_may_resolve(by, branch, how)
    register.require_open(branch, month)
    reason, wanted = _reason(how, reason), set(ids)
    sales = list(ProductSale.objects.select_for_update(of=("self",)).waiting().filter(branch=branch, month=month, pk__in=wanted))
    if not wanted or len(sales) != len(wanted):
        raise Refusal(
            "所选的销售里有的已由同事处理,一笔都没有处理,请重选",
            code="stale",
            items=_done_by_others(ProductSale.objects.filter(branch=branch, month=month, pk__in=wanted), how),
        )
    if how in (CHANGED, SHARED):
        raise Refusal("销售没有客户经理变更或转户可确认,请选其他处理方式", code="not_a_change")
    for sale in sales:
        sale.settled_to_id = _settle_sale(sale, how, branch, month, staff_no)
        sale.resolution, sale.resolved_by, sale.resolved_at, sale.reason = how, by, timezone.now(), reason
    ProductSale.objects.bulk_update(sales, ["settled_to", "resolution", "resolved_by", "resolved_at", "reason"], batch_size=200)
    record(
        by=by,
        act="imports.resolve_sales",
        subject=branch,
        summary=f"{month.label}销售异常 {len(sales)} 笔:{RESOLUTIONS[how]}",
        branch_code=branch.code,
        month=month,
        rows=[sale.source_row for sale in sales],
        reason=reason,
    )
    return len(sales)


def _settle_sale(sale: ProductSale, how: str, branch: Branch, month: Month, staff_no: str) -> int | None:
    if how == EXCLUDE:
        return None
    if sale.exception == UNKNOWN_PRODUCT:
        raise Refusal(
            f"第 {sale.source_row} 行的产品 {sale.product_code} 没有登记,请先登记产品,或选“不计入”", code="unknown_product"
        )
    if sale.exception == PRODUCT_STOPPED:
        raise Refusal(
            f"第 {sale.source_row} 行的产品 {sale.product_code} 在成交日已停售;停售日不对的请先变更产品,否则选“不计入”",
            code="product_stopped",
        )
    if how == CORRECT:
        return _employed(branch, month, staff_no).person_id
    own = Relation.objects.in_month(month).filter(client=sale.client_id).values_list("manager", flat=True).first()
    if own is None:
        raise Refusal(f"第 {sale.source_row} 行的客户没有已确认的客户经理,请用“更正客户经理”或“不计入”", code="no_expected")
    return own


class Reviewed(NamedTuple):
    """How many rows and sales no longer wait, and how many slips were proposed again for others."""

    freed: int
    proposed: int


@transaction.atomic
def review_waiting(*, branch: Branch, month: Month, by: Person) -> Reviewed:
    """Look at the waiting rows once more (the roster or a relation has been mended since), and propose slips again for rows whose
    own was voided: nothing else would."""
    require_may_resolve(by, branch, KEEP)
    book_by_the_list()
    register.require_open(branch, month)
    managers = managers_of(branch)
    booked = ClientMonth.objects.filter(branch=branch, month=month)
    rows = list(booked.waiting().select_related("client"))
    known = known_of(branch, month, [row.client.client_no for row in rows], rebooking=False)
    freed = []
    for row in rows:
        expected = known[row.client.client_no].expected_id
        kind, manager = manager_exception(row.manager_no, row.manager_name, month, managers, expected)
        if kind != row.exception or (manager and manager.person_id) != row.manager_id or expected != row.expected_id:
            row.exception, row.manager_id, row.expected_id = kind, manager.person_id if manager else None, expected
            freed.append(row)
    booked.waiting().bulk_update(freed, ["exception", "manager", "expected"], batch_size=200)  # found by the index of what waits
    free = [row.pk for row in freed if not row.exception]
    again = _propose_missing(branch, month, free, by)
    sales = _review_sales(branch, month, managers)
    if free or sales or again:
        record(
            by=by,
            act="imports.review_waiting",
            subject=branch,
            summary=f"重新核对{month.label}异常,{len(free)} 行客户、{sales} 笔销售不再等待,补开确认单 {again} 张",
            branch_code=branch.code,
            month=month,
        )
    return Reviewed(len(free) + sales, again)


def _propose_missing(branch: Branch, month: Month, free: Sequence[int], by: Person) -> int:
    """A slip for each row of the month that counts for nobody for want of one. Returns how many, but for the rows in `free`."""
    standing = ConfirmationSlip.objects.standing().filter(client=OuterRef("client"))
    related = Relation.objects.filter(client=OuterRef("client"))
    own = ClientMonth.objects.filter(branch=branch, month=month, manager__isnull=False).unconfirmed().order_by("source_row")
    bare = own.exclude(Exists(standing)).exclude(Exists(related))
    wanted = list(bare.values_list("pk", "client", "manager", "relation_kind"))
    months = booked_months(branch)
    propose_slips(
        branch=branch,
        month=month,
        proposals=(Proposal(client, manager, kind) for _, client, manager, kind in wanted),
        basis=Basis.OPENING if months and months[0] == month else Basis.NEW,
        by=by,
    )
    return len(wanted) - len({pk for pk, *_ in wanted} & set(free))


def _review_sales(branch: Branch, month: Month, managers: dict[str, Manager]) -> int:
    """As the import would say it now: another branch may have had the product listed, or the roster been mended for a sale whose
    product is not. Returns how many wait no more."""
    listed, mended = listed_products(), []
    for sale in ProductSale.objects.waiting().filter(branch=branch, month=month):
        kind, manager = manager_exception(sale.manager_no, sale.manager_name, month, managers)
        kind = kind or off_the_list(sale.product_code, sale.traded_on, listed)
        if kind != sale.exception:
            sale.exception, sale.manager_id = kind, manager.person_id if manager else None
            mended.append(sale)
    ProductSale.objects.bulk_update(mended, ["exception", "manager"], batch_size=200)
    return sum(not sale.exception for sale in mended)
