"""Where each person's month begins: the previous month's slip, the opening balance, or nothing yet for a joiner."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q, QuerySet

from branch.org.models import Branch
from branch.people.queries import Employed
from branch.prepared import Prepared, loaded
from kernel.months import Month, months_between
from payroll.intake.models import OpeningSet
from payroll.intake.queries import carried_from, opening_for
from payroll.intake.states import CONFIRMED
from payroll.reckoning.facts import STANDARD, Carried
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.register import corrected_after
from payroll.runs.states import FIXED, LIVE


@dataclass(frozen=True)
class Start:
    """The state before the month and the row it comes from: a slip, an opening balance, or none."""

    carried: Carried
    source: dict[str, Any]
    tax_mode: str = STANDARD


@dataclass
class Starts:
    """Every person's start. `problems` say what earlier month is missing."""

    starts: dict[int, Start] = field(default_factory=dict)
    predecessor_id: int | None = None
    predecessor_digest: str = ""
    problems: list[str] = field(default_factory=list)


def starts_of(branch: Branch, month: Month, pay_month: Month, engagements: Iterable[Employed]) -> Starts:
    """The starts of `month`: from the slips of the month before, in the first month from the opening balances."""
    found = Starts()
    people = {engagement.person_id: engagement for engagement in engagements}
    latest = _latest(branch, month)
    sets = [] if latest else list(OpeningSet.objects.filter(branch=branch, state=CONFIRMED).order_by("first_month"))
    predecessor = _predecessor(month, latest, sets, found)
    starts = _starts_from_slips(people, month, predecessor)
    openings = opening_for((who for who in people if who not in starts), sets)
    for who in people:
        start, opening = starts.get(who), openings.get(who)
        if start is not None:
            found.starts[who] = start
        elif opening is not None and opening.opening.first_month == month:
            found.starts[who] = Start(carried_from(opening), {"opening": opening.pk}, opening.tax_mode)
    joiners = [engagement for who, engagement in people.items() if who not in found.starts]
    found.starts |= _joiners(joiners, month, pay_month)
    _take_up_corrections(found.starts)
    return found


def _take_up_corrections(starts: dict[int, Start]) -> None:
    """Where the slip a month begins from has been corrected, its lots and negative commission go on as corrected.

    The tax chain stays as it was paid: the correction's difference is income of the month that pays it.
    """
    slips = {start.source["previous_slip"]: who for who, start in starts.items() if "previous_slip" in start.source}
    for slip, corrected in corrected_after(list(slips)).items():
        start = starts[slips[slip]]
        carried = replace(start.carried, lots=corrected.lots, negative_commission=corrected.negative_commission)
        starts[slips[slip]] = replace(start, carried=carried, source=start.source | {"corrected_slip": corrected.key})


_OF_RUN = ("id", "month", "state", "digest")


def _latest(branch: Branch, month: Month) -> PayRun | None:
    """The branch's last live run before the month."""
    found = _live_before(branch=branch.pk, month=month)
    return loaded(PayRun, _OF_RUN, found[0]) if found else None


@Prepared
def _live_before(branch: Any, month: Any) -> QuerySet[PayRun, Any]:
    rows = PayRun.objects.filter(branch=branch, month__lt=month, state__in=LIVE)
    return rows.order_by("-month").values_list(*_OF_RUN)[:1]


def _predecessor(month: Month, latest: PayRun | None, sets: list[OpeningSet], found: Starts) -> PayRun | None:
    """The live run of the month before, when it has been reckoned; otherwise says which month has to come first."""
    if latest is not None and latest.month == month.previous:
        if not latest.is_computed:
            found.problems.append(f"{latest.month.label}的薪酬({latest.get_state_display()})还没有计算完成,请先完成上月核算")
            return None
        found.predecessor_id, found.predecessor_digest = latest.pk, latest.digest
        return latest
    begin = latest.month.next if latest else (sets[0].first_month if sets else None)
    if begin is not None and begin < month:
        missing = "、".join(gap.label for gap in months_between(begin, month.previous))
        found.problems.append(f"薪酬须逐月核算:请先核算 {missing}")
    elif begin is not None and begin > month and not latest:
        found.problems.append(f"期初余额从 {begin.label}起算,不能核算更早的 {month.label}")
    return None


def _starts_from_slips(people: dict[int, Employed], month: Month, predecessor: PayRun | None) -> dict[int, Start]:
    """From the month before: this branch's run, and of people who came from another branch the slip there, once approved."""
    rows = _slips_before(people=people, month=month.previous, predecessor=predecessor.pk if predecessor else 0)
    return {who: Start(Carried.from_dict(after), {"previous_slip": pk}, mode or STANDARD) for who, pk, after, mode in rows}


@Prepared
def _slips_before(people: Any, month: Any, predecessor: Any) -> QuerySet[PaySlip, Any]:
    """`predecessor`: a run's key, 0 for none."""
    rows = PaySlip.objects.filter(person__among=people, month=month, current=True).order_by()
    counting = rows.filter(Q(run=predecessor) | Q(run__state__in=FIXED))
    return counting.values_list("person_id", "pk", "carried_after", "facts__person__tax_mode")


def _joiners(engagements: list[Employed], month: Month, pay_month: Month) -> dict[int, Start]:
    """Somebody who left and came back goes on with the year's chain (one payer, one year); a joiner starts afresh.

    Whoever was hired earlier has no start: the reckoning names them.
    """
    new = {row.person_id: row.kind_label for row in engagements if row.hired_on in month}
    earlier = PaySlip.objects.filter(person__in=list(new), current=True, month__lt=month.number, run__state__in=FIXED)
    rows = earlier.filter(run__pay_month__gte=pay_month.year * 100 + 1).order_by("month").defer("lines", "facts")
    last = {row.person_id: row for row in rows if row.kind == new[row.person_id]}
    starts: dict[int, Start] = {}
    for engagement in engagements:
        who = engagement.person_id
        if who in last:
            starts[who] = Start(Carried.from_dict(last[who].carried_after), {"previous_slip": last[who].pk})
        else:
            starts[who] = Start(Carried(), {"start": "joiner" if who in new else "missing"})
    return starts
