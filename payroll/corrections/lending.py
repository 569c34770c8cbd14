"""What the room lends to the runs: the adjustments that a month takes up, and what corrected slips carry on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from branch.prepared import Prepared
from kernel.months import Month
from payroll.corrections.models import CorrectedSlip, PayAdjustment
from payroll.corrections.recomputing import latest_corrected
from payroll.corrections.states import APPROVED
from payroll.reckoning.adjustments import AMOUNTS, Adjustment, parts_from_text
from payroll.reckoning.deferral import Lot
from payroll.runs.models import PaySlip
from payroll.runs.register import Corrected


def adjustments_due(people: Collection[int], month: Month) -> dict[int, tuple[Adjustment, ...]]:
    """Person → every adjustment due by `month` that no current slip of an earlier month has taken up.

    Nothing is ticked off: a slip that is returned, void or reversed is no longer current, and what it took up is due again.
    """
    due: dict[int, list[Adjustment]] = defaultdict(list)
    for person, key, number, of_month, slip, reason, parts, *amounts in _due_by(people=people, month=month):
        named = dict(zip(AMOUNTS, amounts, strict=True))
        due[person].append(Adjustment(key, number, of_month, slip, reason, **named, parts=parts_from_text(parts)))
    taken = taken_before(due, month)
    found = {who: tuple(one for one in mine if one.key not in taken) for who, mine in due.items()}
    return {who: adjustments for who, adjustments in found.items() if adjustments}


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
