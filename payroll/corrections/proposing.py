"""What the roster says today of a month that has been reckoned: changes that came late, as lines a correction may take up."""

from __future__ import annotations

from dataclasses import dataclass, field

from branch.people.employment import employed_rows
from kernel.refusals import Refusal
from payroll.corrections.recomputing import Version, versions_of
from payroll.corrections.rules import FIELDS, ROSTER, label_of, shown_value, value_in
from payroll.reckoning.facts import PersonFacts
from payroll.runs.checks import STALE, require_unchanged
from payroll.runs.engaged import left_out
from payroll.runs.inputs import MonthFrozen, freeze
from payroll.runs.late import late_changes
from payroll.runs.models import PayRun
from payroll.runs.states import APPROVED, APPROVING, PAID, REVERSING, REVIEW

MOST_NAMED = 30


@dataclass(frozen=True)
class Proposal:
    """One field of one person that the roster has differently by now."""

    person_id: int
    who: str
    field: str
    old: str
    new: str

    @property
    def label(self) -> str:
        return label_of(self.field)

    @property
    def shown(self) -> tuple[str, str]:
        """Then and now, as a page writes them."""
        return shown_value(self.field, self.old), shown_value(self.field, self.new)


@dataclass
class Since:
    """What has changed since: for a month not yet paid who would be paid differently, or why it can't be reckoned any more, and
    what the roster has differently; for a paid one what to correct; and whose final pay it is, and whose second engagement of the
    month is in no slip."""

    stale: str = ""
    names: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    leavers: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def named(self) -> str:
        """The names as a page has room for them."""
        more = f"等 {len(self.names)} 人" if len(self.names) > MOST_NAMED else ""
        return "、".join(self.names[:MOST_NAMED]) + more

    @property
    def is_same(self) -> bool:
        return not (self.stale or self.proposals or self.sentences)


def since(run: PayRun) -> Since:
    """Compare the month as it was reckoned with what its sources say today. Nothing is kept."""
    leavers = _leavers(run)
    found = Since(leavers=[] if run.state in PAID else leavers)
    if leavers:  # a second engagement is passed over only beside somebody's final pay
        found.left_out = left_out(employed_rows(run.branch, run.month), run.month)
    if run.state not in (REVIEW, APPROVING, APPROVED, REVERSING, *PAID):
        return found
    try:
        frozen = freeze(run.branch, run.month, pay_month=run.pay_month)
    except Refusal as refusal:
        if run.state in PAID:
            found.sentences.append(refusal.sentence)
        else:
            found.stale, found.problems = refusal.sentence, refusal.items
        return found
    if run.state in PAID:
        _to_correct(run, frozen, found)
    else:
        _before_payment(run, frozen, found)
    return found


def _leavers(run: PayRun) -> list[str]:
    """Whose final pay this is."""
    rows = run.slips.filter(facts__person__has_key="left_on").values_list("staff_no", "name", "facts__person__left_on")
    return [f"{staff_no} {name}({left_on})" for staff_no, name, left_on in rows.order_by("staff_no")]


def _before_payment(run: PayRun, frozen: MonthFrozen, found: Since) -> None:
    """Who would be paid differently; once it has been sent up, with what the roster has differently, for those who have to judge
    whether it belongs to this month."""
    if run.state in (REVIEW, APPROVING):
        try:
            require_unchanged(run, frozen)
        except Refusal as refusal:
            found.stale = refusal.sentence
            found.names, found.problems = (refusal.items, []) if refusal.code == STALE else ([], refusal.items)
    else:
        late = late_changes(run, frozen)
        found.stale, found.names, found.problems = late.sentence, late.names, late.problems
    if found.stale and run.state != REVIEW:
        versions, today = _both(run, frozen)
        for who, one in versions.items():
            found.proposals += _differing(one, today[who]) if who in today else []


def _to_correct(run: PayRun, frozen: MonthFrozen, found: Since) -> None:
    """What the roster has differently of a paid month, and who came or went in it."""
    versions, today = _both(run, frozen)
    for who, one in versions.items():
        if who in today:
            found.proposals += _differing(one, today[who])
        else:
            name = f"{one.slip.staff_no} {one.slip.name}"
            found.sentences.append(f"{name}:现在的名册里{run.month.label}不在职,当月却发了工资;请用手工补发补扣")
    for who in today.keys() - versions.keys():
        found.sentences.append(f"{today[who].who}:现在的名册里{run.month.label}在职,当月没有工资单;请用手工补发补扣")


def _both(run: PayRun, frozen: MonthFrozen) -> tuple[dict[int, Version], dict[int, PersonFacts]]:
    """Person → the month as it counts, and as its sources have it today."""
    versions = {one.slip.person_id: one for one in versions_of([run])[run.pk]}
    return versions, {person.person_id: person.facts for person in frozen.people}


def _differing(one: Version, today: PersonFacts) -> list[Proposal]:
    """The roster's fields that one person's month has otherwise than today's roster."""
    name = f"{one.slip.staff_no} {one.slip.name}"
    fields = [code for code, kind in FIELDS.items() if kind.group == ROSTER]
    values = [(code, value_in(one.facts, code), value_in(today, code)) for code in fields]
    return [Proposal(one.slip.person_id, name, code, old, new) for code, old, new in values if old != new and new]
