"""What the room lends to the runs: the adjustments that a month takes up, what corrected slips carry on, and what of both was
settled outside the pay run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from branch.prepared import Prepared
from kernel.money import ZERO
from kernel.months import Month
from payroll.corrections.balances import LOTS, adjustment_after, arrears_after, lots_after
from payroll.corrections.models import CorrectedSlip, OutsideSettlement, PayAdjustment
from payroll.corrections.recomputing import latest_corrected
from payroll.corrections.states import APPROVED, CONFIRMED
from payroll.reckoning.adjustments import AMOUNTS, Adjustment, parts_from_text
from payroll.reckoning.deferral import Lot
from payroll.runs.models import PaySlip
from payroll.runs.register import Corrected, Settled
from payroll.schemes.models import SchemeVersion


def adjustments_due(people: Collection[int], month: Month) -> dict[int, tuple[Adjustment, ...]]:
    """Person → every adjustment due by `month` that no current slip of an earlier month has taken up.

    Nothing is ticked off: a slip that is returned, void or reversed is no longer current, and what it took up is due again.
    What was settled outside the pay run is left out, or the part of it.
    """
    due: dict[int, list[Adjustment]] = defaultdict(list)
    for person, key, number, of_month, slip, reason, parts, *amounts in _due_by(people=people, month=month):
        named = dict(zip(AMOUNTS, amounts, strict=True))
        due[person].append(Adjustment(key, number, of_month, slip, reason, **named, parts=parts_from_text(parts)))
    taken = taken_before(due, month)
    settled = settled_adjustments(one.key for mine in due.values() for one in mine)
    found = {who: _open(mine, taken, settled) for who, mine in due.items()}
    return {who: adjustments for who, adjustments in found.items() if adjustments}


def _open(mine: Iterable[Adjustment], taken: Collection[int], settled: Mapping[int, Decimal]) -> tuple[Adjustment, ...]:
    left = (adjustment_after(one, settled.get(one.key, ZERO)) for one in mine if one.key not in taken)
    return tuple(one for one in left if one is not None)


def settled_adjustments(keys: Iterable[int]) -> dict[int, Decimal]:
    """Adjustment → what of it was settled outside the pay run, by confirmed registrations."""
    asked = list(keys)
    rows = OutsideSettlement.objects.confirmed().filter(adjustment__in=asked).order_by() if asked else None
    return {} if rows is None else dict(rows.values_list("adjustment").annotate(Sum("amount")))


@Prepared
def _due_by(people: Any, month: Any) -> QuerySet[PayAdjustment, Any]:
    rows = PayAdjustment.objects.filter(person__among=people, due_month__lte=month).order_by("month", "id")
    return rows.values_list("person", "pk", "correction__number", "month", "slip", "reason", "parts", *AMOUNTS)


def taken_before(people: Collection[int], month: Month) -> dict[int, PaySlip]:
    """Adjustment → the current slip of a month before `month` that took it up."""
    if not people:
        return {}
    rows = PaySlip.objects.filter(person__in=list(people), current=True, month__lt=month.number)
    found: dict[int, PaySlip] = {}
    for slip in rows.select_related("run").only("id", "month", "current", "facts", "run__state"):
        for one in slip.facts["person"].get("adjustments", ()):
            found[one["key"]] = slip
    return found


@Prepared
def _corrected_among(slips: Any) -> QuerySet[CorrectedSlip, Any]:
    """Those of the slips that have been corrected, as hardly any are."""
    rows = CorrectedSlip.objects.filter(slip__among=slips, correction__state=APPROVED)
    return rows.order_by().values_list("slip_id")


def corrected_after(slips: Collection[int]) -> dict[int, Corrected]:
    """Slip → lots and negative commission as its latest approved correction carries them on."""
    corrected = _corrected_among(slips=slips) if slips else []
    found = latest_corrected([slip for (slip,) in corrected]) if corrected else {}
    return {
        slip: Corrected(
            row.pk,
            tuple(Lot.from_dict(lot) for lot in row.carried_after["lots"]),
            Decimal(row.carried_after["negative_commission"]),
        )
        for slip, row in found.items()
    }


@Prepared
def _settled_on(slips: Any) -> QuerySet[OutsideSettlement, Any]:
    """What was settled of the balances these slips left, as hardly any was."""
    rows = OutsideSettlement.objects.filter(slip__among=slips, state=CONFIRMED, adjustment=None).order_by("id")
    return rows.values_list("slip_id", "pk", "key", "amount")


def settled_sums(slips: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Slip → item → what of the slip's lots and arrears was settled outside the pay run."""
    return {slip: sums for slip, (_, sums) in _settled(slips).items()}


def _settled(slips: Collection[int]) -> dict[int, tuple[list[int], dict[str, Decimal]]]:
    """Slip → the rows, and their sums by item."""
    found: dict[int, tuple[list[int], dict[str, Decimal]]] = {}
    for slip, row, key, amount in _settled_on(slips=slips) if slips else ():
        rows, sums = found.setdefault(slip, ([], {}))
        rows.append(row)
        sums[key] = sums.get(key, ZERO) + amount
    return found


def settled_after(slips: Collection[int]) -> dict[int, Settled]:
    """Slip → what of its balances was settled outside the pay run, for the month that goes on from it."""
    found = _settled(slips)
    light = PaySlip.objects.filter(pk__in=found).select_related("run__scheme").light() if found else ()
    return {slip.pk: _taken_off(slip, *found[slip.pk]) for slip in light}


def _taken_off(slip: PaySlip, rows: list[int], sums: Mapping[str, Decimal]) -> Settled:
    settled, starts = sums.get(LOTS, ZERO), starts_after(slip.run.scheme)
    return Settled(
        keys=tuple(rows),
        lots=lambda lots: lots_after(lots, settled, slip.month, starts),
        arrears=lambda arrears: arrears_after(arrears, sums),
    )


def starts_after(version: SchemeVersion) -> int:
    """How many months after its own a lot's first instalment falls due by the scheme."""
    rule = version.scheme().deferral
    return rule.starts_after if rule is not None else 1
