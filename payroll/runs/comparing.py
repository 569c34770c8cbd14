"""A run beside another: last month's, an earlier version, a trial."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from branch.parameters.queries import ParameterBook
from kernel.money import ZERO, decimal
from payroll.reckoning.lines import COLUMNS, OPTIONAL
from payroll.runs.models import PayRun, PaySlip, SlipQuerySet
from payroll.runs.rules import SHARE, SIGMAS, Bounds, outliers
from payroll.runs.states import LIVE
from payroll.runs.words import figure_text

SHARE_CODE, SIGMAS_CODE = "pay.outlier_share", "pay.outlier_sigmas"


@dataclass
class Row:
    """A slip beside last month's: what was paid then, the difference, and why it is marked."""

    slip: PaySlip
    before: Decimal | None
    marks: list[str] = field(default_factory=list)

    @property
    def difference(self) -> Decimal | None:
        return None if self.before is None else self.slip.net_pay - self.before


@dataclass(frozen=True)
class Change:
    """One figure of one person that differs between two computations."""

    staff_no: str
    name: str
    column: str
    old: Decimal | None
    new: Decimal | None

    @property
    def difference(self) -> Decimal:
        return (self.new or ZERO) - (self.old or ZERO)

    @property
    def shown(self) -> tuple[str, str, str]:
        """Old, new and difference as the table writes that column."""
        old, new, moved = (figure_text(self.column, value) for value in (self.old, self.new, self.difference))
        return old, new, moved


def bounds_for(run: PayRun) -> Bounds:
    """The dated bounds of the month, where the parameters hold any."""
    book, day = ParameterBook.load(), run.month.first
    return Bounds(decimal(book.find(SHARE_CODE, day, SHARE)), decimal(book.find(SIGMAS_CODE, day, SIGMAS)))


def slips_of(run: PayRun) -> SlipQuerySet:
    return PaySlip.objects.filter(run=run)


def marked(run: PayRun) -> list[Row]:
    """Every slip of the run, light, beside the person's net pay of the month before, marked where it stands out."""
    slips = list(slips_of(run).light())
    before = dict(
        PaySlip.objects.filter(
            month=run.month.previous, current=True, run__state__in=LIVE, person__in=run.slips.values("person")
        ).values_list("staff_no", "net_pay")
    )
    reasons = outliers({slip.staff_no: slip.net_pay for slip in slips}, before, bounds_for(run)) if before else {}
    return [Row(slip, before.get(slip.staff_no), reasons.get(slip.staff_no, [])) for slip in slips]


def changes_between(old: PayRun, new: PayRun) -> list[Change]:
    """Every figure that differs between two versions of a month, by person."""
    return changes(_figures(slips_of(old).light()), _figures(slips_of(new).light()))


def _figures(slips: Iterable[PaySlip]) -> dict[str, tuple[str, dict[str, str]]]:
    return {slip.staff_no: (slip.name, slip.figures) for slip in slips}


def changes(old: dict[str, tuple[str, dict[str, str]]], new: dict[str, tuple[str, dict[str, str]]]) -> list[Change]:
    """Staff number → (name, figures) on both sides; whoever is on one side only has None on the other."""
    found: list[Change] = []
    for staff_no in sorted(old.keys() | new.keys()):
        name, after = new.get(staff_no, ("", {}))
        old_name, before = old.get(staff_no, (name, {}))
        for column in (*COLUMNS, *OPTIONAL):
            left, right = before.get(column), after.get(column)
            if left != right:
                found.append(Change(staff_no, name or old_name, column, _decimal(left), _decimal(right)))
    return found


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
