"""Every write of the registry: slips are proposed, confirmed, voided; a change of manager begins the month after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from branch.audit.actions import record
from branch.org.models import Branch
from branch.people.models import Person
from branch.prepared import Prepared
from branch.serials.actions import draw
from clients.registry import register
from clients.registry.access import require_may_confirm
from clients.registry.bulk import relate
from clients.registry.dividing import end_with_relations, undo_with_relation
from clients.registry.models import Client, ConfirmationSlip, Relation
from clients.registry.queries import any_proposed
from clients.registry.rules import serial
from clients.registry.states import ENDED, PROPOSED, SLIP_MOVES, VALID, VOID
from kernel.months import Month
from kernel.refusals import Refusal, Unknown

Basis = ConfirmationSlip.Basis
CHUNK = 2000


@dataclass(frozen=True)
class Proposal:
    """Whose client somebody is said to be."""

    client_id: int
    manager_id: int
    relation_kind: str


@transaction.atomic
def propose_slips(
    *, branch: Branch, month: Month, proposals: Iterable[Proposal], basis: str, by: Person, effective_month: Month | None = None
) -> int:
    """Write a slip for each proposal, numbers drawn as one block. Returns how many. The caller's act writes the audit row."""
    wanted = list(proposals)
    return len(_written(branch=branch, month=month, wanted=wanted, basis=basis, by=by, since=effective_month or month))


def _written(*, branch: Branch, month: Month, wanted: list[Proposal], basis: str, by: Person, since: Month) -> Sequence[int]:
    """A slip for each, proposed. Returns their numbers of the month."""
    if not wanted:
        return ()
    numbers = draw("confirmation_slip", scope=branch.code, period=str(month.number), count=len(wanted))
    ConfirmationSlip.objects.bulk_create(
        (
            ConfirmationSlip(
                branch=branch,
                month=month,
                number=number,
                serial=serial(month, branch.code, number),
                client_id=wish.client_id,
                manager_id=wish.manager_id,
                relation_kind=wish.relation_kind,
                basis=basis,
                effective_month=since,
                created_by=by,
            )
            for number, wish in zip(numbers, wanted, strict=True)
        ),
        batch_size=CHUNK,
    )
    return numbers


@transaction.atomic
def confirm_relations(*, branch: Branch, month: Month, by: Person, slip_ids: Iterable[int] | None = None) -> int:
    """Confirm the proposed slips of the month, or those of them in `slip_ids`. Returns how many; none is no error."""
    require_may_confirm(by, branch)
    waiting = ConfirmationSlip.objects.proposed().filter(branch=branch, month=month)
    if slip_ids is not None:
        waiting = waiting.filter(pk__in=list(slip_ids))
    if not (waiting.exists() if slip_ids is not None else any_proposed(branch=branch.pk, month=month)):
        return 0
    register.require_open(branch, month)
    held = _hold(waiting)
    changes = held.by_basis.get(Basis.CHANGE, 0)
    if changes:
        _make_relations(list(waiting.filter(basis=Basis.CHANGE).select_related("client", "branch").order_by("number")), by)
    made = changes + relate(waiting.exclude(basis=Basis.CHANGE))
    decided = waiting.update(state=VALID, **_decided(by))
    if not held.count == made == decided:
        raise RuntimeError(f"{held.count} slips held, {made} relations written, {decided} slips confirmed")
    record(
        by=by,
        act="registry.confirm_relations",
        subject=branch,
        summary=f"确认{month.label}客户关系 {held.count} 户",
        branch_code=branch.code,
        month=month,
        **_told(branch, month, held),
    )
    return held.count


@dataclass(frozen=True)
class Held:
    """Slips that are locked: how many of each basis, the first and the last of their numbers."""

    by_basis: dict[str, int]
    first: int
    last: int

    @property
    def count(self) -> int:
        return sum(self.by_basis.values())


def _hold(slips: QuerySet[ConfirmationSlip]) -> Held:
    """These slips (at least one), locked: whoever confirms them at the same moment waits, and then finds none."""
    locked, params = slips.order_by("pk").values("basis", "number").select_for_update().query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT basis, count(*), min(number), max(number) FROM ({locked}) AS held GROUP BY basis ORDER BY basis",  # noqa: S608 # nosec B608
            params,
        )
        found = cursor.fetchall()
    firsts, lasts = [first for _, _, first, _ in found], [last for _, _, _, last in found]
    return Held({basis: count for basis, count, _, _ in found}, min(firsts, default=0), max(lasts, default=0))


def _decided(by: Person) -> dict[str, Any]:
    """Who decided and when; the person from their table, since no key asks for them (ADR 0072)."""
    return {"decided_by": Person.objects.filter(pk=by.pk).order_by().values("pk"), "decided_at": timezone.now()}


def _told(branch: Branch, month: Month, held: Held) -> dict[str, Any]:
    """For the log: how many, of which basis, from which serial to which."""
    serials = dict(_numbered(branch=branch.pk, month=month, numbers={held.first, held.last}))
    by_basis = {Basis(basis).label: count for basis, count in held.by_basis.items()}
    return {"count": held.count, "by_basis": by_basis, "first": serials.get(held.first), "last": serials.get(held.last)}


@Prepared
def _numbered(branch: Any, month: Any, numbers: Any) -> QuerySet[ConfirmationSlip, Any]:
    rows = ConfirmationSlip.objects.filter(branch=branch, month=month, number__among=numbers).order_by()
    return rows.values_list("number", "serial")


@transaction.atomic
def confirm_chosen(*, branches: Sequence[Branch], month: Month | None, slip_ids: Sequence[int], by: Person) -> int:
    """Confirm those of these slips that are the branches', of whatever months, or (none given) all that wait there in `month`.
    All or none. Returns how many."""
    if not slip_ids:
        return sum(confirm_relations(branch=one, month=month, by=by) for one in branches) if month is not None else 0
    by_key = {branch.pk: branch for branch in branches}
    chosen = ConfirmationSlip.objects.filter(pk__in=slip_ids, branch__in=by_key).order_by("branch_id", "month")
    places = chosen.values_list("branch_id", "month").distinct()
    return sum(confirm_relations(branch=by_key[key], month=one, by=by, slip_ids=slip_ids) for key, one in places)


def _make_relations(slips: list[ConfirmationSlip], by: Person) -> None:
    """A relation for each slip; an open relation of the client ends the month before, and what divided it."""
    for slip in slips:
        own = ConfirmationSlip.objects.filter(pk=slip.pk)
        if slip.basis == Basis.CHANGE:
            _end_before(slip)
            end_with_relations(branch=slip.branch, slips=own, month=slip.effective_month, by=by)
        relate(own)


def _end_before(slip: ConfirmationSlip) -> None:
    open_one = Relation.objects.select_for_update().filter(client=slip.client_id, to_month=None).select_related("slip").first()
    if open_one is None:
        return
    if open_one.from_month >= slip.effective_month:
        raise Refusal(
            f"客户 {slip.client.client_no} 已有自{open_one.from_month.label}起生效的客户关系({open_one.slip.serial}),"
            "不能再从更早或同一个月变更;如有误请先作废那张确认单",
            code="relation_exists",
        )
    open_one.to_month = slip.effective_month.previous
    open_one.save(update_fields=["to_month"])
    ConfirmationSlip.objects.filter(pk=open_one.slip_id).update(state=ENDED)


@transaction.atomic
def change_manager(
    *, client: Client, manager: Person, relation_kind: str, month: Month, by: Person, reason: str = ""
) -> ConfirmationSlip:
    """A confirmed change of manager, found in `month`: it takes effect the month after."""
    branch = client.branch
    require_may_confirm(by, branch)
    register.require_open(branch, month.next)
    standing = Relation.objects.filter(client=client, to_month=None).first()
    if standing is not None and standing.manager_id == manager.pk:
        raise Refusal(f"{manager} 已是该客户的客户经理,不需要变更", code="no_change")
    void_proposed(clients=[client.pk], by=by, reason="被客户经理变更替代")
    propose_slips(
        branch=branch,
        month=month,
        proposals=[Proposal(client.pk, manager.pk, relation_kind)],
        basis=Basis.CHANGE,
        by=by,
        effective_month=month.next,
    )
    slip = ConfirmationSlip.objects.get(client=client, state=PROPOSED)
    _make_relations([slip], by)
    slip.state, slip.decided_by, slip.decided_at, slip.reason = VALID, by, timezone.now(), reason
    slip.save(update_fields=["state", "decided_by", "decided_at", "reason"])
    record(
        by=by,
        act="registry.change_manager",
        subject=client,
        summary=f"客户 {client.client_no} 的客户经理自{month.next.label}起变更为 {manager.staff_no}",
        branch_code=branch.code,
        slip=slip.serial,
        old=standing.manager.staff_no if standing else "",
        new=manager.staff_no,
        reason=reason,
    )
    return slip


@transaction.atomic
def establish(*, client: Client, manager: Person, relation_kind: str, month: Month, basis: str, by: Person) -> ConfirmationSlip:
    """A confirmed relation for a client that has none, from `month`; the caller's act writes the audit row."""
    require_may_confirm(by, client.branch)
    void_proposed(clients=[client.pk], by=by, reason="被更正替代")
    propose_slips(
        branch=client.branch,
        month=month,
        proposals=[Proposal(client.pk, manager.pk, relation_kind)],
        basis=basis,
        by=by,
    )
    slip = ConfirmationSlip.objects.get(client=client, state=PROPOSED)
    _make_relations([slip], by)
    slip.state, slip.decided_by, slip.decided_at = VALID, by, timezone.now()
    slip.save(update_fields=["state", "decided_by", "decided_at"])
    return slip


@transaction.atomic
def hand_over(
    *, branch: Branch, giver: Person, receivers: Mapping[int, int], month: Month, effective_month: Month, by: Person, reason: str
) -> int:
    """Clients of `giver` (client id → the new manager's id) change hands all at once, from `effective_month` on; each slip is
    numbered in `month`, and what kind of relation it was stays.

    For an act that has a door of its own: a handover that giver, receivers and witness have signed. A client that is no longer
    the giver's is left alone. Returns how many changed.
    """
    register.require_open(branch, effective_month)
    standing = Relation.objects.select_for_update(of=("self",)).filter(manager=giver, to_month=None, client__branch=branch)
    rows = standing.order_by("client").values_list("client", "kind", "from_month")
    held = [row for row in rows if row[0] in receivers and receivers[row[0]] != giver.pk]
    too_young = sum(from_month >= effective_month for _, _, from_month in held)
    if too_young:
        raise Refusal(
            f"有 {too_young} 位客户到{effective_month.label}或更晚才归{giver},不能同一个月又转出;请先作废他们的确认单,"
            "或等到那个月再交接",
            code="relation_exists",
        )
    ids = [row[0] for row in held]
    for at in range(0, len(ids), CHUNK):
        void_proposed(clients=ids[at : at + CHUNK], by=by, reason="被客户交接替代")
    wanted = [Proposal(client, receivers[client], kind) for client, kind, _ in held]
    numbers = _written(branch=branch, month=month, wanted=wanted, basis=Basis.CHANGE, by=by, since=effective_month)
    if not numbers:
        return 0
    made = ConfirmationSlip.objects.filter(branch=branch, month=month, number__range=(numbers[0], numbers[-1]))
    former = Relation.objects.filter(client__in=made.values("client"), manager=giver, to_month=None)
    ConfirmationSlip.objects.filter(pk__in=former.values("slip")).update(state=ENDED)
    former.update(to_month=effective_month.previous)
    end_with_relations(branch=branch, slips=made, month=effective_month, by=by)
    relate(made)
    made.update(state=VALID, reason=reason[:200], **_decided(by))
    record(
        by=by,
        act="registry.hand_over",
        subject=giver,
        summary=f"{giver}的 {len(numbers)} 位客户自{effective_month.label}起转给交接清单上的客户经理",
        branch_code=branch.code,
        effective_month=effective_month,
        **_told(branch, month, _hold(made)),
    )
    return len(numbers)


def void_proposed(*, clients: Iterable[int] | QuerySet[Any], by: Person, reason: str) -> int:
    """Void the slips of these clients that still wait; their numbers stay. Within the caller's transaction and act.

    `clients`: their ids, or a query for them.
    """
    chosen = clients if isinstance(clients, QuerySet) else list(clients)
    waiting = ConfirmationSlip.objects.proposed().filter(client__in=chosen)
    return waiting.update(state=VOID, reason=reason, **_decided(by))


@transaction.atomic
def void_slip(*, slip_id: int, reason: str, by: Person) -> ConfirmationSlip:
    """Void one slip with a reason: its number stays in the list, its relation goes, the one before it stands again."""
    slip = ConfirmationSlip.objects.select_for_update().select_related("branch", "client").filter(pk=slip_id).first()
    if slip is None:
        raise Unknown("没有这张确认单")
    require_may_confirm(by, slip.branch)
    if not reason.strip():
        raise Refusal("请写明作废原因", code="reason_missing")
    after = SLIP_MOVES.after(slip.state, "void")
    if slip.state == VALID:
        register.require_open(slip.branch, slip.effective_month, onward=True)
        _undo_relation(slip)
        undo_with_relation(slip=slip, by=by)
    slip.state, slip.reason, slip.decided_by, slip.decided_at = after, reason.strip()[:200], by, timezone.now()
    slip.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    record(
        by=by,
        act="registry.void_slip",
        subject=slip,
        summary=f"作废确认单 {slip.serial}",
        branch_code=slip.branch.code,
        reason=slip.reason,
    )
    return slip


def _undo_relation(slip: ConfirmationSlip) -> None:
    if Relation.objects.filter(client=slip.client_id, from_month__gt=slip.effective_month).exists():
        raise Refusal("该客户之后还有新的客户关系,请先作废后一张确认单", code="later_relation")
    Relation.objects.filter(slip=slip).delete()
    before = Relation.objects.filter(client=slip.client_id, to_month=slip.effective_month.previous).first()
    if before is not None and slip.basis == Basis.CHANGE:
        before.to_month = None
        before.save(update_fields=["to_month"])
        ConfirmationSlip.objects.filter(Q(pk=before.slip_id)).update(state=VALID)
