"""Where each person's month begins: the previous month's slip, the opening balance, or nothing yet for a joiner.

Whoever begins elsewhere than in the branch's own month before begins in the last month they served, wherever that was, and only
once it is approved: an older month in its place would lose income, insurance and tax of the one between, and nobody would see it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q, QuerySet

from branch.org.models import Branch
from branch.people.employment import Employed
from branch.people.models import Engagement
from branch.prepared import Prepared, loaded
from kernel.months import Month, months_between
from payroll.intake.models import OpeningSet
from payroll.intake.queries import carried_from, opening_for
from payroll.intake.states import CONFIRMED
from payroll.reckoning.facts import STANDARD, Carried
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.register import corrected_after, settled_after
from payroll.runs.states import FIXED, LIVE, VOID
from payroll.schemes.models import SchemeVersion


@dataclass(frozen=True)
class Start:
    """The state before the month and the row it comes from: a slip, an opening balance, or none. `away`: the months between
    that slip and the day of hire in which who came back had no engagement of this kind."""

    carried: Carried
    source: dict[str, Any]
    tax_mode: str = STANDARD
    away: tuple[Month, ...] = ()

    def away_in(self, tax_year: int) -> int:
        """How many of them the tax chain that goes on must leave out; one that begins anew counts from the day of hire."""
        chain = self.carried.chain
        goes_on = chain is not None and chain.year == tax_year and chain.last_month > 0
        return sum(month.year == tax_year for month in self.away) if goes_on else 0


@dataclass
class Starts:
    """Every person's start. `problems` say what earlier month is missing."""

    starts: dict[int, Start] = field(default_factory=dict)
    predecessor_id: int | None = None
    predecessor_digest: str = ""
    problems: list[str] = field(default_factory=list)


def starts_of(branch: Branch, month: Month, engagements: Iterable[Employed]) -> Starts:
    """The starts of `month`: from the slips of the month before, in the first month from the opening balances."""
    found = Starts()
    people = {engagement.person_id: engagement for engagement in engagements}
    latest = _latest(branch, month)
    sets = [] if latest else list(OpeningSet.objects.filter(branch=branch, state=CONFIRMED).order_by("first_month"))
    predecessor = _predecessor(month, latest, sets, found)
    key = predecessor.pk if predecessor else 0
    starts = _starts_from_slips(people, month, key)
    openings = opening_for((who for who in people if who not in starts), sets)
    for who in people:
        start, opening = starts.get(who), openings.get(who)
        if start is not None:
            found.starts[who] = start
        elif opening is not None and opening.opening.first_month == month:
            found.starts[who] = Start(carried_from(opening), {"opening": opening.pk}, opening.tax_mode)
    rest = {who: engagement for who, engagement in people.items() if who not in found.starts}
    found.starts |= _starts_from_earlier(rest, month, key)
    found.problems += _unsettled(branch, month, rest, key)
    _take_up_corrections(found.starts)
    _take_up_settlements(found.starts)
    return found


def starts_without_opening(run: PayRun, engagements: Iterable[Employed]) -> Starts:
    """Where these people, who have no opening balance for the run's month, would begin it today."""
    people, key = {engagement.person_id: engagement for engagement in engagements}, run.predecessor_id or 0
    found = Starts(_starts_from_slips(people, run.month, key))
    rest = {who: engagement for who, engagement in people.items() if who not in found.starts}
    found.starts |= _starts_from_earlier(rest, run.month, key)
    found.problems += _unsettled(run.branch, run.month, rest, key)
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


def _take_up_settlements(starts: dict[int, Start]) -> None:
    """What of a slip's lots and arrears was settled outside the pay run is neither paid nor taken again by whoever came back; the
    year's tax goes on from what was paid and withheld there. The arrears may come from another slip than the lots.
    """
    slips = {who: start.source.get("previous_slip", 0) for who, start in starts.items()}
    owing = {who: start.source.get("arrears_slip", slips[who]) for who, start in starts.items()}
    settled = settled_after({*slips.values(), *owing.values()} - {0})
    for who, start in starts.items() if settled else ():
        lots, arrears = settled.get(slips[who]), settled.get(owing[who])
        carried = replace(
            start.carried,
            lots=lots.lots(start.carried.lots) if lots else start.carried.lots,
            arrears=arrears.arrears(start.carried.arrears) if arrears else start.carried.arrears,
            chain=lots.chain(start.carried.chain) if lots else start.carried.chain,
        )
        if carried != start.carried:
            keys = sorted({key for one in (lots, arrears) if one for key in one.keys})
            starts[who] = replace(start, carried=carried, source=start.source | {"settled": keys})


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


def _starts_from_slips(people: Mapping[int, Employed], month: Month, predecessor: int) -> dict[int, Start]:
    """From the month before: this branch's run, and of people who came from another branch the slip there, once approved.

    Not of those who begin as the other kind in the month: their chain is another.
    """
    return {
        who: Start(Carried.from_dict(after), {"previous_slip": pk}, mode or STANDARD)
        for who, pk, kind, after, mode in _slips_before(people=people, month=month.previous, predecessor=predecessor)
        if kind == people[who].kind_label or people[who].hired_on not in month
    }


_OF_SLIP = ("person_id", "pk", "kind", "carried_after", "facts__person__tax_mode")


@Prepared
def _slips_before(people: Any, month: Any, predecessor: Any) -> QuerySet[PaySlip, Any]:
    """`predecessor`: a run's key, 0 for none."""
    rows = PaySlip.objects.filter(person__among=people, month=month, current=True).order_by()
    return rows.filter(_counting(predecessor)).values_list(*_OF_SLIP)


def _counting(predecessor: Any) -> Q:
    """Slips that a month may begin from: of the branch's own month before, and all that are signed."""
    return Q(run=predecessor) | Q(run__state__in=FIXED)


def _starts_from_earlier(engagements: Mapping[int, Employed], month: Month, predecessor: int) -> dict[int, Start]:
    """Whoever is hired in the month, and was paid before, goes on from the last slip of that kind of engagement, however long
    ago: a chain ends with its tax year by itself, lots and negative commission don't. What is still to be taken back is the
    person's, whatever the kind. Somebody new starts afresh.

    Whoever was hired earlier has no start: the reckoning names them.
    """
    if not engagements:
        return {}
    new = {who for who, engagement in engagements.items() if engagement.hired_on in month}
    starts = {who: Start(Carried(), {"start": "joiner" if who in new else "missing"}) for who in engagements}
    slips = PaySlip.objects.filter(_counting(predecessor), person__in=new, current=True, month__lt=month.number)
    for who, pk, kind, after, mode, last in slips.order_by("month").values_list(*_OF_SLIP, "month"):
        carried, start = Carried.from_dict(after), starts[who]
        if kind == engagements[who].kind_label:
            away = tuple(months_between(last.next, month.previous))
            starts[who] = Start(carried, {"previous_slip": pk}, mode or STANDARD, away)
        else:
            source = {name: key for name, key in start.source.items() if name != "arrears_slip"}
            owing = {"arrears_slip": pk} if carried.arrears else {}
            starts[who] = replace(start, carried=replace(start.carried, arrears=carried.arrears), source=source | owing)
    _leave_out_served(starts, engagements)
    return starts


def _leave_out_served(starts: dict[int, Start], engagements: Mapping[int, Employed]) -> None:
    """Months in which somebody who came back served as the same kind where pay isn't kept here are no months away."""
    back = [who for who, start in starts.items() if start.away]
    for row in Engagement.objects.filter(person__in=back) if back else ():
        who, start = row.person_id, starts[row.person_id]
        if row.kind == engagements[who].kind:
            away = tuple(one for one in start.away if one.last < row.hired_on or (row.ended_on and row.ended_on < one.first))
            starts[who] = replace(start, away=away)


def _unsettled(branch: Branch, month: Month, engagements: Mapping[int, Employed], predecessor: int) -> list[str]:
    """Who of these has a slip before the month that is not signed, or last served in a month that has none yet: what has to be
    approved first. The branch's own month before is not waited for, as everybody else's isn't."""
    if not engagements:
        return []
    waiting = _unsigned(month, engagements, predecessor)
    served = _last_served(branch, month, {who: one for who, one in engagements.items() if who not in waiting})
    runs = _live_of(served.values())
    for who, (place, last) in served.items():
        run = runs.get((place.pk, last))
        if run is None and _is_reckoned(place, last):
            waiting[who] = (place, last, "还没有核算,或已冲销")
        elif run is not None and not run.is_fixed:
            waiting[who] = (place, last, run.get_state_display())
    return [
        f"{engagements[who].staff_no} {engagements[who].name}:{last.label}在{place.name},"
        f"请先批准{place.name}{last.label}的薪酬月报({standing}),再核算本月"
        for who, (place, last, standing) in waiting.items()
    ]


def _unsigned(month: Month, engagements: Mapping[int, Employed], predecessor: int) -> dict[int, tuple[Branch, Month, str]]:
    """Person id → where and of which month their first unsigned slip is, and how that run stands."""
    slips = PaySlip.objects.filter(person__in=list(engagements), current=True, month__lt=month.number)
    rows = slips.exclude(_counting(predecessor)).select_related("run__branch").only("person", "run", "month").order_by("-month")
    return {slip.person_id: (slip.run.branch, slip.month, slip.run.get_state_display()) for slip in rows}


def _live_of(served: Collection[tuple[Branch, Month]]) -> dict[tuple[int, Month], PayRun]:
    """The live runs of these branches and months, by branch and month."""
    if not served:
        return {}
    rows = PayRun.objects.live().filter(branch__in={place for place, _ in served}, month__in={last for _, last in served})
    return {(run.branch_id, run.month): run for run in rows}


def _last_served(branch: Branch, month: Month, engagements: Mapping[int, Employed]) -> dict[int, tuple[Branch, Month]]:
    """Person → where and in which month they last served before `month`; not who was here in the month before: the branch's own
    months follow each other anyway."""
    if not engagements:
        return {}
    rows = Engagement.objects.filter(person__in=list(engagements), hired_on__lt=month.first).select_related("branch")
    served: dict[int, tuple[Branch, Month]] = {}
    for row in rows.exclude(pk__in=[one.pk for one in engagements.values()]).order_by("hired_on"):
        last = month.previous if row.ended_on is None else min(Month.of(row.ended_on), month.previous)
        if row.person_id not in served or served[row.person_id][1] <= last:
            served[row.person_id] = row.branch, last
    return {who: (place, last) for who, (place, last) in served.items() if (place, last) != (branch, month.previous)}


def _is_reckoned(branch: Branch, month: Month) -> bool:
    """Whether the branch's pay of the month is due here: by then it had begun, with an opening balance, a run or a scheme."""
    runs = PayRun.objects.filter(branch=branch).exclude(state=VOID).order_by("month").values_list("month", flat=True)
    sets = OpeningSet.objects.filter(branch=branch, state=CONFIRMED).order_by("first_month").values_list("first_month", flat=True)
    begun = [*runs[:1], *sets[:1]]
    return min(begun) <= month if begun else SchemeVersion.objects.covering(branch, month).exists()
