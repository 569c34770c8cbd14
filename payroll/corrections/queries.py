"""Every read for the pages of reversals and corrections."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from branch.org.models import Branch
from branch.people.models import Person
from kernel.money import ZERO, grouped
from kernel.months import Month
from kernel.refusals import Unknown
from payroll.corrections.balances import LOTS, arrears_after, lots_total
from payroll.corrections.leavers import FUTURE, engaged_after, whereabouts
from payroll.corrections.lending import settled_adjustments, settled_sums, taken_before
from payroll.corrections.models import CorrectedSlip, Correction, CorrectionLine, CorrectionQuerySet, PayAdjustment, Reversal
from payroll.corrections.rules import MANUAL, label_of, shown_value
from payroll.reckoning.adjustments import Arrear
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import Carried
from payroll.runs.comparing import Change, changes
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.register import Afterwards

_INFORMATIVE = {"个税", "实发", "累计应纳税所得额"}


def corrections_for(person: Person) -> CorrectionQuerySet:
    """What the person may list."""
    return Correction.objects.visible_to(person).shown()


def correction_for(person: Person, number: str) -> Correction:
    """One correction the person may see. Raises Unknown."""
    found = corrections_for(person).filter(number=number).first()
    if found is None:
        raise Unknown("没有这份更正单,或不在您的查阅范围内")
    return found


@dataclass(frozen=True)
class Wrong:
    """A line as the page shows it."""

    line: CorrectionLine
    label: str

    @property
    def shown(self) -> tuple[str, str]:
        """What was there and what is right, as a page writes them."""
        return shown_value(self.line.field, self.line.old), shown_value(self.line.field, self.line.new)


def wrongs_of(correction: Correction) -> list[Wrong]:
    rows = correction.lines.select_related("person", "evidence", "added_by")
    return [Wrong(line, label_of(line.field)) for line in rows]


@dataclass
class Difference:
    """One person's month: what comes out differently, why, and how much of it is cash."""

    row: CorrectedSlip
    cause: str
    changes: list[Change] = field(default_factory=list)
    informative: list[Change] = field(default_factory=list)

    @property
    def gross(self) -> Decimal:
        return Decimal(self.row.amounts["gross"])

    @property
    def deductions(self) -> Decimal:
        return sum((Decimal(self.row.amounts[name]) for name in ("special", "vat", "surtax", "after_tax")), ZERO)


def differences_of(correction: Correction) -> list[Difference]:
    """Person by person and month by month; tax and 实发 apart, as they follow in the month of payment."""
    causes: dict[int, list[str]] = defaultdict(list)
    for line in correction.lines.exclude(field=MANUAL):
        causes[line.person_id].append(f"{line.month.label}{label_of(line.field)}:{line.reason}")
    found = []
    for row in correction.slips.select_related("slip").defer("lines", "slip__lines", "slip__facts"):
        slip = row.slip
        every = changes({slip.staff_no: (slip.name, row.before)}, {slip.staff_no: (slip.name, row.figures)})
        cause = ";".join(causes.get(row.person_id, ["随团队合计、递延或负佣金的结转变动"]))
        one = Difference(row, cause)
        one.changes = [change for change in every if change.column not in _INFORMATIVE]
        one.informative = [change for change in every if change.column in _INFORMATIVE]
        found.append(one)
    return found


@dataclass(frozen=True)
class Standing:
    """An adjustment and where it is: taken up by a slip, settled past the pay run, waiting for a month at the branch `at`, or
    left over by somebody who is at none. `elsewhere`: that branch is another than the correction's."""

    row: PayAdjustment
    slip: PaySlip | None
    at: Branch | None
    elsewhere: bool = False
    settled: Decimal = ZERO

    @property
    def left(self) -> bool:
        return self.slip is None and self.at is None

    @property
    def words(self) -> str:
        if self.slip is not None:
            return f"已计入 {self.slip.month.label}" + self._settled
        owed = self.row.gross - self.row.deductions
        if self.settled and self.settled == owed:
            return "已线下结清"
        if self.at is None:
            return ("已离职,应补付" if owed > 0 else "已离职,应收回") + self._settled
        if self.elsewhere:
            return f"由{self.at.name}随工资{'补发' if owed > 0 else '扣回'}" + self._settled
        return f"待计入 {self.row.due_month.label}" + self._settled

    @property
    def _settled(self) -> str:
        return f"(线下已结清 {grouped(abs(self.settled))} 元)" if self.settled else ""


def adjustments_of(correction: Correction) -> list[Standing]:
    rows = list(correction.adjustments.select_related("person", "slip"))
    taken = taken_before({row.person_id for row in rows}, FUTURE)
    at = whereabouts({row.person_id: row.due_month for row in rows if row.pk not in taken})
    settled = settled_adjustments(row.pk for row in rows)
    return [
        Standing(
            row,
            taken.get(row.pk),
            at.get(row.person_id),
            row.person_id in at and at[row.person_id].pk != correction.branch_id,
            settled.get(row.pk, ZERO),
        )
        for row in rows
    ]


def oversettled(correction: Correction) -> list[str]:
    """Whose deferral was settled past the pay run beyond what the correction has left of it: no later month notices."""
    rows = list(correction.slips.select_related("slip").defer("lines", "facts", "slip__lines", "slip__facts"))
    found = []
    for slip, sums in settled_sums([row.slip_id for row in rows]).items():
        row = next(row for row in rows if row.slip_id == slip)
        settled, left = sums.get(LOTS, ZERO), lots_total(Lot.from_dict(lot) for lot in row.carried_after["lots"])
        if settled > left:
            found.append(
                f"{row.slip.staff_no} {row.slip.name}:{row.month.label}以后的递延已线下结清 {grouped(settled)} 元,更正后只有 "
                f"{grouped(left)} 元,多结的 {grouped(settled - left)} 元请用手工补发补扣追回"
            )
    return found


@dataclass(frozen=True)
class OtherYear:
    """A difference of a month whose tax year has ended when it is paid: for 更正申报."""

    name: str
    month: Month
    tax_year: int
    gross: Decimal
    tax: Decimal


def other_years(correction: Correction) -> list[OtherYear]:
    """What belongs to a tax year before that of the month that pays it: the income and tax to correct with the tax office."""
    if correction.through is None:
        return []
    runs = PayRun.objects.filter(branch=correction.branch, slips__corrected__correction=correction)
    years = {run.month: run.pay_month.year for run in runs.distinct()}
    last = PayRun.objects.filter(branch=correction.branch, month=correction.through).live().first()
    pays_in = (last.pay_month.next if last else correction.through.next.next).year
    found = []
    for row in correction.slips.select_related("slip").defer("lines", "facts", "slip__lines", "slip__facts"):
        year = years.get(row.month, pays_in)
        if year < pays_in:
            tax = Decimal(row.figures["个税"]) - Decimal(row.before["个税"])
            gross = Decimal(row.amounts["gross"])
            if gross or tax:
                found.append(OtherYear(f"{row.slip.staff_no} {row.slip.name}", row.month, year, gross, tax))
    return found


@dataclass(frozen=True)
class Owed:
    """What somebody still owes of 扣回: carried on, or a receivable once they have left."""

    slip: PaySlip
    arrear: Arrear
    left: bool


def arrears_in(branches: Collection[Branch] | QuerySet[Branch], person: Person | None = None) -> list[Owed]:
    """Everybody's arrears (or one person's) after their last signed or computed month, less what was settled outside it."""
    taken = Q(gross__lt=0) | Q(special__gt=0) | Q(vat__gt=0) | Q(surtax__gt=0) | Q(after_tax__gt=0)
    adjusted = PayAdjustment.objects.filter(taken, correction__branch__in=branches)
    owing = (adjusted if person is None else adjusted.filter(person=person)).values("person")
    later = PaySlip.objects.filter(person=OuterRef("person"), current=True, month__gt=OuterRef("month"))
    rows = PaySlip.objects.filter(~Exists(later), person__in=owing, current=True, run__branch__in=branches)
    rows = rows.annotate(engaged=Exists(engaged_after())).defer("lines", "facts", "figures").order_by("staff_no")
    slips = [slip for slip in rows if "arrears" in slip.carried_after]
    settled = settled_sums([slip.pk for slip in slips])
    return [
        Owed(slip, arrear, not slip.engaged)
        for slip in slips
        for arrear in arrears_after(Carried.from_dict(slip.carried_after).arrears, settled.get(slip.pk, {}))
    ]


def reversals_of(run: PayRun) -> list[Reversal]:
    """All tries to reverse any version of the run's month, newest first."""
    rows = Reversal.objects.filter(run__branch=run.branch_id, run__month=run.month)
    return list(rows.select_related("run", "asked_by", "approval"))


def history(run: PayRun) -> Iterable[Afterwards]:
    """What the run's page shows of its month."""
    for one in reversals_of(run):
        words = f"冲销第 {one.run.version} 版"
        yield Afterwards(
            words, one.get_state_display(), one.asked_by.name, one.asked_at, one.reason, one.approval.get_absolute_url()
        )
    rows = Correction.objects.filter(branch=run.branch_id).shown().filter(month__lte=run.month.number)
    for correction in rows:
        if correction.month == run.month or (correction.through is not None and correction.through >= run.month):
            page = reverse("payroll:correction-detail", args=[correction.number])
            words = f"更正 {correction.number}"
            state = correction.get_state_display()
            yield Afterwards(words, state, correction.maker.name, correction.created_at, correction.reason, page)
