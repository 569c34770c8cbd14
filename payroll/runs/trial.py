"""试算: the month under another scheme version, with a raise, or with a person's figures changed. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from branch.org.models import Branch
from kernel.money import ZERO, yuan
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning.facts import PersonFacts
from payroll.reckoning.lines import COLUMNS, Line, Reckoning
from payroll.reckoning.pay import problems, reckon
from payroll.reckoning.scheme import Grade, Scheme
from payroll.runs.checks import live_run
from payroll.runs.inputs import Frozen, freeze, team_sums
from payroll.runs.models import PaySlip
from payroll.runs.words import figure_text
from payroll.schemes.models import SchemeVersion

INPUTS = (
    "target",
    "duty_score",
    "complaints",
    "serious_violation",
    "other_allowance",
    "other_deduction",
    "damages_balance",
    "vat",
)
FIGURES = ("net_commission", "net_new_assets", "new_valid_accounts")


@dataclass(frozen=True)
class WhatIf:
    """What is tried: another version, `raise_share` on every base (0.05 = +5 %), one person only, that person's other figures."""

    version: SchemeVersion | None = None
    raise_share: Decimal = ZERO
    person_id: int | None = None
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """One column of the comparison: a figure as it is paid and as it would be."""

    column: str
    real: Decimal | None
    tried: Decimal

    @property
    def difference(self) -> Decimal:
        return self.tried - (self.real or ZERO)

    @property
    def shown(self) -> tuple[str, str, str]:
        """Real, tried and difference as the table writes that column."""
        real, tried, moved = (figure_text(self.column, value) for value in (self.real, self.tried, self.difference))
        return real, tried, moved


@dataclass(frozen=True)
class Tried:
    """One person's trial beside the real slip (or, without one, beside the present rules)."""

    person_id: int
    staff_no: str
    name: str
    sides: list[Side]
    lines: tuple[Line, ...]

    def side(self, column: str) -> Side:
        return next(side for side in self.sides if side.column == column)

    @property
    def gross(self) -> Side:
        return self.side("应发")

    @property
    def net(self) -> Side:
        return self.side("实发")


@dataclass(frozen=True)
class Outcome:
    """The trial of a month: each person tried, who could not be, and the sums of 应发 and 实发."""

    tried: list[Tried]
    problems: list[str]
    source: str

    def total(self, column: str) -> Side:
        sides = [one.side(column) for one in self.tried]
        return Side(column, sum((side.real or ZERO for side in sides), ZERO), sum((side.tried for side in sides), ZERO))


def try_month(branch: Branch, month: Month, what: WhatIf) -> Outcome:
    """Reckon the month's frozen inputs under `what`. Raises Refusal when there is nothing to try with."""
    run = live_run(branch, month)
    frozen = freeze(branch, month, pay_month=run.pay_month if run else None, version=what.version, for_trial=True)
    if not frozen.people:
        raise Refusal(f"{branch.name}{month.label}没有可以试算的人员")
    people = [_changed(person, what) for person in frozen.people]
    teams = team_sums(people)
    scheme = with_raise(frozen.scheme, what.raise_share)
    real = _real(branch, month)
    found: list[Tried] = []
    missing: list[str] = []
    for person in people:
        if what.person_id is not None and person.person_id != what.person_id:
            continue
        team = teams.get(person.facts.team)
        lacking = problems(scheme, frozen.parameters, person.facts, person.start.carried, team)
        if lacking:
            missing += [str(problem) for problem in lacking]
            continue
        tried = reckon(scheme, frozen.parameters, person.facts, person.start.carried, team)
        found.append(_beside(person.person_id, tried, real.get(person.person_id)))
    general = [sentence for sentence in frozen.problems if not any(p.facts.staff_no in sentence for p in frozen.people)]
    return Outcome(found, [*general, *missing], frozen.version.label)


def with_raise(scheme: Scheme, share: Decimal) -> Scheme:
    """The scheme with every grade's base raised by `share`, half-up to 分."""
    if not share:
        return scheme
    return replace(scheme, grades={name: Grade(yuan(g.base * (1 + share)), g.factor) for name, g in scheme.grades.items()})


def _changed(person: Frozen, what: WhatIf) -> Frozen:
    if person.person_id != what.person_id or not what.figures:
        return person
    facts: PersonFacts = person.facts
    inputs = {name: value for name, value in what.figures.items() if name in INPUTS}
    if facts.inputs is not None and inputs:
        facts = replace(facts, inputs=replace(facts.inputs, **inputs))
    facts = replace(facts, **{name: value for name, value in what.figures.items() if name in FIGURES})
    return replace(person, facts=facts)


def _real(branch: Branch, month: Month) -> dict[int, dict[str, Decimal]]:
    """Person → figures as paid; empty while the month has no slips."""
    slips = PaySlip.objects.filter(run__branch=branch, month=month, current=True).light()
    return {slip.person_id: {name: Decimal(text) for name, text in slip.figures.items()} for slip in slips}


def _beside(person_id: int, tried: Reckoning, real: dict[str, Decimal] | None) -> Tried:
    sides = [Side(column, real[column] if real else None, tried.figures[column]) for column in COLUMNS]
    return Tried(person_id, tried.staff_no, tried.name, sides, tried.lines)
