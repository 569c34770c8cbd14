"""Reckoning paid months again with what was wrong put right: from the first corrected month to the last signed one.

Everything comes from what the slips froze: facts, parameters, scheme. With nothing to correct the result is the original,
figure for figure. What later months inherit without cash (deferral lots, negative commission, the balance of damages) goes on
from month to month; the tax chain stays as it was paid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from branch.org.models import Branch
from branch.people.models import Engagement, Person
from kernel.digests import digest
from kernel.money import ZERO, allocate, total
from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.corrections.models import CorrectedSlip, Correction
from payroll.corrections.rules import Parts, corrected, differences, parts
from payroll.corrections.states import APPROVED
from payroll.reckoning import vat
from payroll.reckoning.adjustments import parts_as_text
from payroll.reckoning.facts import Carried, PersonFacts
from payroll.reckoning.lines import Reckoning
from payroll.reckoning.parameters import resolve
from payroll.reckoning.pay import check, problems, reckon
from payroll.reckoning.tax import SalaryChain
from payroll.runs.frozen import person_as_dict, person_from_dict, team_as_dict
from payroll.runs.inputs import team_sums_of
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.register import Settled, settled_after
from payroll.runs.states import APPROVING, FIXED, LIVE, PAID, REVERSING

Changes = Mapping[tuple[int, Month], Mapping[str, Any]]


@dataclass(frozen=True)
class Version:
    """A person's month as it counts before this correction: as paid, or as the latest approved correction has it."""

    slip: PaySlip
    facts: PersonFacts
    figures: dict[str, Decimal]
    before: Carried
    after: Carried
    rest: dict[str, Any]


@dataclass(frozen=True)
class Redone:
    """A person's month that comes out differently. `amounts` are those of the adjustment that follows."""

    old: Version
    facts: PersonFacts
    before: Carried
    reckoning: Reckoning
    team: dict[str, Any] | None
    amounts: dict[str, Decimal]
    parts: Parts


@dataclass
class Outcome:
    """The months reckoned again: what comes out differently, and what stands in the way."""

    through: Month
    baseline: str
    redone: list[Redone] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Left(NamedTuple):
    """The state that a month's slip leaves by now."""

    slip: int
    month: Month
    after: Carried


@dataclass
class Carry:
    """What goes on from month to month: the state of everybody's last month by kind of engagement (by person, broker or not), and
    how much more of damages has been taken than was paid. `settled`: slip → what of its balances was settled past the pay run."""

    settled: Mapping[int, Settled]
    state: dict[tuple[int, bool], Left] = field(default_factory=dict)
    damages: dict[int, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


def people_of(runs: Sequence[PayRun]) -> QuerySet[Person]:
    """Who has a slip in these months, or was at the branch in them by the roster and was left out."""
    slips = PaySlip.objects.filter(run__in=runs, current=True)
    there = Engagement.objects.filter(branch=runs[0].branch, hired_on__lte=runs[-1].month.last)
    there = there.filter(Q(ended_on=None) | Q(ended_on__gte=runs[0].month.first))
    found = Q(pk__in=slips.values("person")) | Q(pk__in=there.values("person"))
    return Person.objects.filter(found).order_by("staff_no")


def runs_from(branch: Branch, month: Month) -> list[PayRun]:
    """The signed runs of the branch from `month` on, in order. Raises Refusal when the month can't be corrected."""
    rows = PayRun.objects.filter(branch=branch, state__in=FIXED, month__gte=month.number)
    found = list(rows.select_related("scheme", "branch").order_by("month"))
    if not found or found[0].month != month:
        raise Refusal(f"{branch.name}{month.label}还没有批准的薪酬月报,不能更正;未批准的请退回或撤回后重新计算", code="not_fixed")
    if found[0].state not in PAID:
        standing = found[0].get_state_display()
        raise Refusal(f"{month.label}的薪酬月报({standing})还没有发放;请用“冲销”,或发放以后再更正", code="not_paid")
    if any(run.state == REVERSING for run in found):
        raise Refusal("有月份正在审批冲销,请等有了结果再更正", code="reversing")
    return found


def baseline_of(branch: Branch, month: Month) -> tuple[Month, str]:
    """The last signed month, and the digest of all a correction from `month` on rests on."""
    runs = runs_from(branch, month)
    earlier = Correction.objects.filter(branch=branch, state=APPROVED, through__gte=month.number)
    content = {
        "runs": [[run.month, run.version, run.digest] for run in runs],
        "corrections": sorted(earlier.values_list("number", flat=True)),
    }
    return runs[-1].month, digest(content)


def require_next_open(branch: Branch, through: Month) -> None:
    """The month that will take the differences up must not be under signature: its signers did not see them."""
    following = PayRun.objects.filter(branch=branch, month=through.next, state__in=LIVE).first()
    if following is not None and following.state == APPROVING:
        raise Refusal(
            f"{following.month.label}的薪酬月报正在审批,它要承接这次更正的补发补扣;请先撤回或退回,或等它批准后重算更正单",
            code="next_signing",
        )


def recompute(branch: Branch, month: Month, changes: Changes) -> Outcome:
    """All months from `month` on with `changes`. Raises Refusal when the month can't be corrected at all."""
    through, baseline = baseline_of(branch, month)
    outcome = Outcome(through, baseline)
    runs = runs_from(branch, month)
    versions = versions_of(runs)
    carry = Carry(settled_after([one.slip.pk for found in versions.values() for one in found]))
    for run in runs:
        _month(run, versions[run.pk], changes, carry, outcome)
    _name_moved(branch, outcome)
    return outcome


def versions_of(runs: Iterable[PayRun]) -> dict[int, list[Version]]:
    """Run → everybody's month as it counts now."""
    found: dict[int, list[Version]] = {run.pk: [] for run in runs}
    slips = list(PaySlip.objects.filter(run__in=list(found), current=True).defer("lines").order_by("staff_no"))
    latest = latest_corrected([slip.pk for slip in slips])
    for slip in slips:
        found[slip.run_id].append(_version(slip, latest.get(slip.pk)))
    return found


def latest_corrected(slips: list[int]) -> dict[int, CorrectedSlip]:
    """Slip → its corrected version of the latest approved correction."""
    rows = CorrectedSlip.objects.filter(slip__in=slips, correction__state=APPROVED).order_by("correction__approved_at", "id")
    return {row.slip_id: row for row in rows.defer("lines")}


def _version(slip: PaySlip, row: CorrectedSlip | None) -> Version:
    source: PaySlip | CorrectedSlip = row or slip
    facts = source.facts
    return Version(
        slip=slip,
        facts=person_from_dict(facts["person"]),
        figures={name: Decimal(text) for name, text in source.figures.items()},
        before=Carried.from_dict(source.carried_before),
        after=Carried.from_dict(source.carried_after),
        rest={name: value for name, value in facts.items() if name not in ("person", "team")},
    )


def _month(run: PayRun, versions: list[Version], changes: Changes, carry: Carry, outcome: Outcome) -> None:
    """One month again; leaves the state after it in `carry`."""
    scheme = run.scheme.scheme()
    kept = {(row["code"], row["day"]): row["value"] for row in run.parameters}

    def lookup(code: str, day: date) -> Any:
        try:
            return kept[code, day.isoformat()]
        except KeyError:
            raise Missing(f"{run}没有留存参数“{code}”({day})", code="parameter_missing") from None

    parameters = resolve(scheme, lookup, run.month, run.pay_month)
    facts = {one.slip.person_id: _facts(one, changes, run.month, carry.damages) for one in versions}
    teams = team_sums_of(facts.values())
    for one in versions:
        who, mine = one.slip.person_id, facts[one.slip.person_id]
        before = _begun(one, mine, carry)
        team = teams.get(mine.team)
        found = problems(scheme, parameters, mine, before, team)
        if found:
            outcome.problems += [f"{run.month.label} {problem}" for problem in found]
            carry.state[who, mine.is_broker] = Left(one.slip.pk, run.month, one.after)
            continue
        reckoning = reckon(scheme, parameters, mine, before, team)
        check(reckoning)
        carry.state[who, mine.is_broker] = Left(one.slip.pk, run.month, reckoning.carried_after)
        carry.damages[who] += reckoning.figures["赔偿扣款"] - one.figures["赔偿扣款"]
        if _differs(one, mine, reckoning):
            follows = parameters.vat.mode in vat.RECKONED
            outcome.redone.append(_redone(one, mine, before, reckoning, team_as_dict(team), vat_follows=follows))


def _facts(one: Version, changes: Changes, month: Month, damages: dict[int, Decimal]) -> PersonFacts:
    who, wanted = one.slip.person_id, changes.get((one.slip.person_id, month), {})
    facts = corrected(one.facts, wanted)
    if "damages_balance" in wanted:
        damages[who] = ZERO  # the balance as put right already knows what was taken before
    elif damages[who] and facts.inputs is not None and facts.inputs.damages_balance is not None:
        left = max(facts.inputs.damages_balance - damages[who], ZERO)
        facts = replace(facts, inputs=replace(facts.inputs, damages_balance=left))
    return facts


def _begun(one: Version, facts: PersonFacts, carry: Carry) -> Carried:
    """The month's start as paid, with the lots and the negative commission that the month it goes on from hands on now: not to
    the other kind of engagement, which has its own, and after a break without what was settled in between."""
    left = carry.state.get((one.slip.person_id, facts.is_broker))
    if left is None or (left.month.next != one.slip.month and left.slip != one.rest["sources"].get("previous_slip")):
        return one.before
    settled = carry.settled.get(left.slip)
    lots = settled.lots(left.after.lots) if settled else left.after.lots
    return replace(one.before, lots=lots, negative_commission=left.after.negative_commission)


def _differs(one: Version, facts: PersonFacts, reckoning: Reckoning) -> bool:
    after = reckoning.carried_after
    same_state = (after.lots, after.negative_commission) == (one.after.lots, one.after.negative_commission)
    employer = {name: str(amount) for name, amount in reckoning.employer.items()}
    return dict(reckoning.figures) != one.figures or not same_state or employer != one.rest["employer"] or facts != one.facts


def _redone(
    one: Version, facts: PersonFacts, before: Carried, reckoning: Reckoning, team: dict[str, Any] | None, *, vat_follows: bool
) -> Redone:
    then, now = _grown(one.before, one.after), _grown(before, reckoning.carried_after)
    amounts = differences(one.figures, reckoning.figures, now - then, vat_follows=vat_follows)
    employer = {item: Decimal(text) for item, text in one.rest["employer"].items()}
    items = _by_item(one.facts, then), _by_item(facts, now)
    found = parts(one.figures, reckoning.figures, (employer, reckoning.employer), items)
    return Redone(one, facts, before, reckoning, team, amounts, found)


def _by_item(facts: PersonFacts, grown: Decimal) -> dict[str, Decimal] | None:
    """What a payment added of 专项附加 by the month's items, without what earlier corrections brought; None where nobody named
    the items."""
    weights = {item: weight for item, weight in facts.additional.items() if weight}
    if not weights:
        return None if facts.additional_total else {}
    amount = grown - total(one.additional for one in facts.adjustments)
    return dict(zip(weights, allocate(amount, list(weights.values())), strict=True))


def _grown(before: Carried, after: Carried) -> Decimal:
    """专项附加扣除 that the payment added to the chain."""
    now, then = after.chain, before.chain
    if not isinstance(now, SalaryChain):
        return ZERO
    began = isinstance(then, SalaryChain) and then.year == now.year
    return now.additional - (then.additional if began and isinstance(then, SalaryChain) else ZERO)


def _name_moved(branch: Branch, outcome: Outcome) -> None:
    """Whoever went on at another branch carries the corrected state only from a month there that is still open."""
    changed = {
        one.old.slip.person_id: one.old.slip.month
        for one in outcome.redone
        if _handed_on(one.reckoning.carried_after) != _handed_on(one.old.after)
    }
    outcome.problems += _gone_on(branch, changed)


def moved_on(correction: Correction) -> list[str]:
    """The same of a correction that has been reckoned: who has gone on elsewhere since, with what it was to change."""
    rows = list(correction.slips.select_related("slip").defer("lines", "slip__lines"))
    latest = latest_corrected([row.slip_id for row in rows])
    changed = {
        row.person_id: row.month
        for row in rows
        if _handed_on(Carried.from_dict(row.carried_after)) != _handed_on(_version(row.slip, latest.get(row.slip_id)).after)
    }
    return _gone_on(correction.branch, changed)


def branches_gone_to(number: str) -> set[int]:
    """Other branches where somebody whose month comes out differently has been since."""
    people = CorrectedSlip.objects.filter(correction__number=number).values("person")
    rows = Engagement.objects.filter(person__in=people).exclude(branch__corrections__number=number)
    return set(rows.values_list("branch", flat=True))


def _handed_on(carried: Carried) -> tuple[Any, ...]:
    """What the next month inherits without cash."""
    return carried.lots, carried.negative_commission


def _gone_on(branch: Branch, changed: Mapping[int, Month]) -> list[str]:
    """Who of these people (with the last month whose state changes) has a later one sent up or signed at another branch."""
    rows = PaySlip.objects.filter(person__in=list(changed), current=True, run__state__in=(APPROVING, *FIXED))
    elsewhere = rows.exclude(run__branch=branch).select_related("run__branch").order_by("month")
    return [
        f"{slip.staff_no} {slip.name}:此后在{slip.run.branch.name}领薪({slip.month.label}),递延和负佣金的结转"
        "不能由本营业部的更正改动,请改用手工补发补扣"
        for slip in elsewhere.defer("lines", "facts", "figures")
        if slip.month > changed[slip.person_id]
    ]


def corrected_row(correction: Correction, one: Redone) -> CorrectedSlip:
    """A redone month as it is kept."""
    figures = {name: str(amount) for name, amount in one.reckoning.figures.items()}
    employer = {name: str(amount) for name, amount in one.reckoning.employer.items()}
    after = one.reckoning.carried_after.as_dict()
    slip = one.old.slip
    return CorrectedSlip(
        correction=correction,
        slip=slip,
        person_id=slip.person_id,
        month=slip.month,
        before={name: str(amount) for name, amount in one.old.figures.items()},
        figures=figures,
        lines=[line.as_dict() for line in one.reckoning.lines],
        facts=one.old.rest | {"person": person_as_dict(one.facts), "team": one.team, "employer": employer},
        carried_before=one.before.as_dict(),
        carried_after=after,
        amounts={name: str(amount) for name, amount in one.amounts.items()} | {"parts": parts_as_text(one.parts)},
        digest=digest([slip.staff_no, slip.month, slip.digest, figures, employer, after]),
    )
