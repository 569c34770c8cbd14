"""Who was left out of a month, has no slip at all and has left: what an approved 更正 owes them, or they it, by no run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from branch.org.models import Branch
from branch.people.models import Engagement, Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from kernel.money import ZERO
from kernel.refusals import Unknown
from payroll.corrections.balances import ADJUSTMENT, adjustment_key, owed_of
from payroll.corrections.leavers import Item, Leaver, as_adjustment, number_of, whereabouts
from payroll.corrections.lending import settled_adjustments
from payroll.corrections.models import OutsideSettlement, PayAdjustment
from payroll.corrections.states import PROPOSED
from payroll.runs.models import PaySlip


def unpaid_in(branches: Collection[Branch] | QuerySet[Branch]) -> list[Leaver]:
    """Everybody of that kind with an adjustment of these branches, settled or not, by 工号."""
    return _leavers(_without_slip().filter(correction__branch__in=branches))


def unpaid_for(person: Person, adjustment_id: int) -> Leaver:
    """The one whose adjustment that is, as far as the person may see it. Raises Unknown."""
    found = unpaid_of(branches_visible_to(person, Power.PAY_VIEW), adjustment_id)
    if found is None:
        raise Unknown("没有这位离职人员的未结余额,或不在您的查阅范围内")
    return found


def unpaid_of(branches: Collection[Branch] | QuerySet[Branch], adjustment_id: int) -> Leaver | None:
    """The same by branches; who was paid by a run since has only what was registered, and no items."""
    rows = PayAdjustment.objects.filter(pk=adjustment_id, slip=None, correction__branch__in=branches)
    one = rows.select_related("person", "correction__branch").first()
    if one is None:
        return None
    mine = _leavers(_without_slip().filter(person=one.person_id, correction__branch=one.correction.branch_id))
    if mine:
        return mine[0]
    return Leaver(None, [], unpaid=one) if one.settlements.exists() else None


def _without_slip() -> QuerySet[PayAdjustment]:
    """Adjustments of people who never had a slip, and were engaged nowhere in the month in which it would fall due."""
    slips = PaySlip.objects.filter(person=OuterRef("person"), current=True)
    terms = Engagement.objects.annotate(hired=number_of("hired_on"), ended=number_of("ended_on"))
    there = terms.filter(
        Q(ended_on=None) | Q(ended__gte=OuterRef("due_month")), person=OuterRef("person"), hired__lte=OuterRef("due_month")
    )
    rows = PayAdjustment.objects.filter(~Exists(slips), ~Exists(there), slip=None)
    return rows.select_related("person", "correction__branch").order_by("person__staff_no", "month", "id")


def _leavers(rows: QuerySet[PayAdjustment]) -> list[Leaver]:
    mine: dict[tuple[int, int], list[PayAdjustment]] = defaultdict(list)
    for row in rows:
        mine[row.person_id, row.correction.branch_id].append(row)
    keys = [row.pk for found in mine.values() for row in found]
    settled = settled_adjustments(keys)
    pending = set(OutsideSettlement.objects.filter(adjustment__in=keys, state=PROPOSED).values_list("adjustment", flat=True))
    back = whereabouts({own[0].person_id: own[0].due_month for own in mine.values()})
    found = []
    for own in mine.values():
        items = [_item(row, settled.get(row.pk, ZERO), pending=row.pk in pending) for row in own]
        waiting = sum(item.pending for item in items)
        found.append(Leaver(None, items, back.get(own[0].person_id), waiting, unpaid=own[0]))
    return found


def _item(row: PayAdjustment, settled: Decimal, *, pending: bool) -> Item:
    one = as_adjustment(row)
    label = f"{one.month.label} {one.reason}({one.number})"
    return Item(ADJUSTMENT, adjustment_key(one.key), label, owed_of(one), settled, pending, one)
