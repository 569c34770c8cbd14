"""What the roster says today of a month that has been reckoned: changes that came late, as lines a correction may take up."""

from __future__ import annotations

from dataclasses import dataclass, field

from branch.people.employment import employed_rows
from kernel.refusals import Refusal
from payroll.corrections.recomputing import versions_of
from payroll.corrections.rules import FIELDS, ROSTER, label_of, value_in
from payroll.runs.checks import require_unchanged
from payroll.runs.engaged import left_out
from payroll.runs.inputs import freeze
from payroll.runs.models import PayRun
from payroll.runs.states import APPROVING, PAID, REVIEW


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


@dataclass
class Since:
    """What has changed since: for a month not yet approved who would be paid differently, for a paid one what to correct; and
    whose final pay it is, and whose second engagement of the month is in no slip."""

    stale: str = ""
    names: list[str] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)
    leavers: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def since(run: PayRun) -> Since:
    """Compare the month as it was reckoned with what its sources say today. Nothing is kept."""
    leavers = _leavers(run)
    found = Since(leavers=[] if run.state in PAID else leavers)
    if leavers:  # a second engagement is passed over only beside somebody's final pay
        found.left_out = left_out(employed_rows(run.branch, run.month), run.month)
    if run.state in (REVIEW, APPROVING):
        try:
            require_unchanged(run)
        except Refusal as refusal:
            found.stale, found.names = refusal.sentence, refusal.items
    elif run.state in PAID:
        _proposals(run, found)
    return found


def _leavers(run: PayRun) -> list[str]:
    """Whose final pay this is."""
    rows = run.slips.filter(facts__person__has_key="left_on").values_list("staff_no", "name", "facts__person__left_on")
    return [f"{staff_no} {name}({left_on})" for staff_no, name, left_on in rows.order_by("staff_no")]


def _proposals(run: PayRun, found: Since) -> None:
    try:
        today = {person.person_id: person.facts for person in freeze(run.branch, run.month, pay_month=run.pay_month).people}
    except Refusal as refusal:
        found.sentences.append(refusal.sentence)
        return
    versions = {one.slip.person_id: one for one in versions_of([run])[run.pk]}
    for who, one in versions.items():
        facts = today.get(who)
        name = f"{one.slip.staff_no} {one.slip.name}"
        if facts is None:
            found.sentences.append(f"{name}:现在的名册里{run.month.label}不在职,当月却发了工资;请用手工补发补扣")
            continue
        for code, kind in FIELDS.items():
            if kind.group == ROSTER:
                old, new = value_in(one.facts, code), value_in(facts, code)
                if old != new and new:
                    found.proposals.append(Proposal(who, name, code, old, new))
    for who in today.keys() - versions.keys():
        facts = today[who]
        found.sentences.append(f"{facts.who}:现在的名册里{run.month.label}在职,当月没有工资单;请用手工补发补扣")
