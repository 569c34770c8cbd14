"""What approved corrections did to one slip, for the page of its owner: their own figures and reasons, nobody else's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from kernel.money import ZERO, total
from payroll.corrections.leavers import FUTURE, whereabouts
from payroll.corrections.lending import settled_adjustments, taken_before
from payroll.corrections.models import CorrectedSlip, Correction, CorrectionLine, PayAdjustment
from payroll.corrections.rules import MANUAL, MANUAL_LABEL, label_of
from payroll.corrections.states import APPROVED
from payroll.runs.comparing import Change, changes
from payroll.runs.models import PaySlip
from payroll.runs.queries import may_read_own
from payroll.runs.register import SlipCorrection

FOLLOWS_TAX = {"个税", "实发", "累计应纳税所得额"}  # not of this month: they follow in the month that pays the difference


@dataclass
class _Found:
    """One correction's rows of the slip."""

    correction: Correction
    row: CorrectedSlip | None = None
    adjustments: list[PayAdjustment] = field(default_factory=list)


def corrections_of_slip(slip: PaySlip) -> Iterable[SlipCorrection]:
    """Every approved correction with a figure or an amount of this slip, in the order of approval."""
    found: dict[int, _Found] = {}
    for row in CorrectedSlip.objects.filter(slip=slip, correction__state=APPROVED).select_related("correction").defer("lines"):
        found.setdefault(row.correction_id, _Found(row.correction)).row = row
    for due in PayAdjustment.objects.filter(slip=slip, correction__state=APPROVED).select_related("correction"):
        found.setdefault(due.correction_id, _Found(due.correction)).adjustments.append(due)
    if not found:
        return []
    standing = _Standing.of(slip, [due for one in found.values() for due in one.adjustments])
    reasons = _reasons(slip, found)
    said = [_said(slip, one, standing, reasons.get(key, ())) for key, one in found.items()]
    return sorted(said, key=lambda one: one.approved_at)


@dataclass(frozen=True)
class _Standing:
    """Where the slip's adjustments are: on which slip, settled how far past the pay run; `left`: no month is to come."""

    taken: dict[int, PaySlip]
    settled: dict[int, Decimal]
    left: bool

    @classmethod
    def of(cls, slip: PaySlip, dues: list[PayAdjustment]) -> _Standing:
        found = cls(taken_before({slip.person_id}, FUTURE), settled_adjustments(due.pk for due in dues), left=False)
        waiting = [due.due_month for due in dues if found.waits(due)]
        return replace(found, left=bool(waiting) and not whereabouts({slip.person_id: max(waiting)}))

    def waits(self, due: PayAdjustment) -> bool:
        """Not taken up, nor settled whole."""
        return due.pk not in self.taken and self.settled.get(due.pk) != due.gross - due.deductions


def _reasons(slip: PaySlip, corrections: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Correction → what was wrong in this person's own month.

    What finance typed as a reason may speak of others and stays with it, but for an amount by hand, whose reason is on the
    later slip as well.
    """
    rows = CorrectionLine.objects.filter(correction__in=list(corrections), person=slip.person_id, month=slip.month)
    words: dict[int, list[str]] = defaultdict(list)
    for line in rows:
        by_hand = line.field == MANUAL
        said = f"{MANUAL_LABEL}:{line.reason}" if by_hand else f"{label_of(line.field)}:{line.old or '空'} → {line.new}"
        words[line.correction_id].append(said)
    return {key: tuple(said) for key, said in words.items()}


def _said(slip: PaySlip, one: _Found, standing: _Standing, reasons: tuple[str, ...]) -> SlipCorrection:
    moved: tuple[Change, ...] = ()
    if one.row is not None:
        every = changes({slip.staff_no: (slip.name, one.row.before)}, {slip.staff_no: (slip.name, one.row.figures)})
        moved = tuple(change for change in every if change.column not in FOLLOWS_TAX)
    correction, slips = one.correction, [standing.taken.get(due.pk) for due in one.adjustments]
    waits = any(standing.waits(due) for due in one.adjustments)
    assert correction.due_month is not None
    assert correction.approved_at is not None
    paid = next((found for found in slips if found is not None and may_read_own(found)), None)
    return SlipCorrection(
        number=correction.number,
        approved_at=correction.approved_at,
        reasons=reasons or ("随团队合计、递延或负佣金的结转变动",),
        changes=moved,
        gross=total(due.gross for due in one.adjustments) if one.adjustments else ZERO,
        due_month=correction.due_month,
        paid_on=paid,
        settled=abs(total(standing.settled.get(due.pk, ZERO) for due in one.adjustments)),
        waits=waits,
        left=waits and standing.left,
    )
