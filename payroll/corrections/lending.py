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
from payroll.corrections.outside import Row, chain_after, taxed
from payroll.corrections.recomputing import latest_corrected
from payroll.corrections.states import APPROVED, CONFIRMED
from payroll.reckoning.adjustments import AMOUNTS, Adjustment, parts_from_text
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import EMPLOYEE
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


_OF_SETTLED = ("pk", "key", "amount", "day", "tax", "how", "adjustment_id")
_OF_ADJUSTMENT = tuple(f"adjustment__{name}" for name in ("gross", "special", "vat", "surtax", "after_tax", "additional"))


@Prepared
def _settled_on(slips: Any) -> QuerySet[OutsideSettlement, Any]:
    """What was settled with the leavers whose last slips these are, as hardly anything was."""
    rows = OutsideSettlement.objects.filter(slip__among=slips, state=CONFIRMED).order_by("id")
    return rows.values_list("slip_id", *_OF_SETTLED, *_OF_ADJUSTMENT)


def settled_rows(slips: Collection[int]) -> dict[int, list[Row]]:
    """Slip → what was settled outside the pay run with whose last it is, in the order of registration."""
    found: dict[int, list[Row]] = defaultdict(list)
    for slip, *settled, gross, special, vat, surtax, after_tax, additional in _settled_on(slips=slips) if slips else ():
        deductions = None if gross is None else special + vat + surtax + after_tax
        found[slip].append(Row._make([*settled, gross, deductions, special, additional]))
    return dict(found)


def settled_sums(slips: Collection[int]) -> dict[int, dict[str, Decimal]]:
    """Slip → item → what of the slip's lots and arrears was settled outside the pay run."""
    return {slip: _sums(rows) for slip, rows in settled_rows(slips).items()}


def _sums(rows: Iterable[Row]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        if row.adjustment is None:
            sums[row.item] = sums.get(row.item, ZERO) + row.amount
    return sums


def settled_after(slips: Collection[int]) -> dict[int, Settled]:
    """Slip → what of its balances was settled outside the pay run, for the month that goes on from it."""
    found = settled_rows(slips)
    light = PaySlip.objects.filter(pk__in=found).select_related("run__scheme").light() if found else ()
    return {slip.pk: _taken_off(slip, found[slip.pk]) for slip in light}


def _taken_off(slip: PaySlip, rows: list[Row]) -> Settled:
    sums, starts = _sums(rows), starts_after(slip.run.scheme)
    settled, paid = sums.get(LOTS, ZERO), taxed(rows) if slip.kind == EMPLOYEE else []
    return Settled(
        keys=tuple(row.key for row in rows),
        lots=lambda lots: lots_after(lots, settled, slip.month, starts),
        arrears=lambda arrears: arrears_after(arrears, sums),
        chain=lambda chain: chain_after(chain, paid),
    )


def starts_after(version: SchemeVersion) -> int:
    """How many months after its own a lot's first instalment falls due by the scheme."""
    rule = version.scheme().deferral
    return rule.starts_after if rule is not None else 1
