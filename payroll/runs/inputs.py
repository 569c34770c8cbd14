"""What a month's pay rests on, pulled from where it was closed and frozen per person with its source.

Everything that is missing is collected and refused as one list, by name. Nothing is ever a default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from branch.org.models import Branch
from branch.parameters.queries import Kept, ParameterBook
from branch.people.employment import Employed, employed_rows
from branch.people.models import Engagement, GradeHolding, Person, Posting
from branch.prepared import Prepared
from clients.figures.queries import FigureFacts, locked_figures
from clients.products.queries import SaleFact, sales_of
from kernel.money import ZERO, decimal, total
from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.intake.queries import InputFacts, input_facts
from payroll.intake.tax_modes import ConfirmedMode, confirmed_modes
from payroll.reckoning.adjustments import Adjustment
from payroll.reckoning.facts import BROKER, EMPLOYEE, PersonFacts, Sale, TeamFigures, level
from payroll.reckoning.parameters import MonthParameters, resolve
from payroll.reckoning.pay import problems
from payroll.reckoning.scheme import Scheme
from payroll.runs.chain import Start, starts_of
from payroll.runs.engaged import engaged_here, leavers_of
from payroll.runs.register import adjustments_due
from payroll.runs.tax_years import mode_for
from payroll.schemes.models import SchemeVersion
from payroll.schemes.queries import scheme_in_force

MEDICAL_TIERS = {"一档": 1, "二档": 2}


@dataclass(frozen=True)
class Frozen:
    """One person's month: the facts, the state before it, and the row each part came from."""

    person_id: int
    facts: PersonFacts
    start: Start
    group: str
    bank_masked: str
    other_net_income: str
    sources: dict[str, Any]


@dataclass
class MonthFrozen:
    """A branch's whole month. `problems` are Chinese sentences; with any of them nothing may be reckoned."""

    branch: Branch
    month: Month
    pay_month: Month
    version: SchemeVersion
    scheme: Scheme
    parameters: MonthParameters
    parameter_rows: list[dict[str, Any]]
    predecessor_id: int | None = None
    predecessor_digest: str = ""
    people: list[Frozen] = field(default_factory=list)
    teams: dict[str, TeamFigures] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @cached_property
    def parameter_keys(self) -> tuple[int, ...]:
        return tuple(row["id"] for row in self.parameter_rows)

    def team_of(self, facts: PersonFacts) -> TeamFigures | None:
        return self.teams.get(facts.team)

    def require_complete(self) -> None:
        """Raises Refusal with every problem when there is any."""
        if self.problems:
            raise Refusal(
                f"{self.branch.name}{self.month.label}还不能核算,有 {len(self.problems)} 项待处理",
                code="exceptions",
                items=self.problems,
            )


class RecordingLookup:
    """Reads the parameter book, remembers the rows used and the values missing (then the last known one stands in to look on)."""

    def __init__(self) -> None:
        self._book = ParameterBook.load()
        self.used: dict[tuple[str, date], Kept] = {}
        self.missing: list[str] = []

    def __call__(self, code: str, day: date) -> Any:
        try:
            row = self._book.row(code, day)
        except Missing as missing:
            self.missing.append(missing.sentence)
            if (last := self._book.last(code)) is None:
                raise
            return last.value
        self.used[code, day] = row
        return row.value

    def rows(self) -> list[dict[str, Any]]:
        return [
            {
                "id": row.pk,
                "code": code,
                "name": row.name,
                "day": day.isoformat(),
                "value": row.value,
                "unit": row.unit,
                "source": row.source,
            }
            for (code, day), row in sorted(self.used.items(), key=lambda pair: pair[0])
        ]


def freeze(
    branch: Branch,
    month: Month,
    *,
    pay_month: Month | None = None,
    version: SchemeVersion | None = None,
    for_trial: bool = False,
) -> MonthFrozen:
    """Read the month as it stands; what is missing is in `problems`. Raises Refusal when there is no scheme to look on with.

    A trial may take any version: its span is then opened to the month.
    """
    version = version or scheme_in_force(branch, month)
    scheme = version.scheme()
    if for_trial:
        scheme = replace(scheme, effective_from=min(scheme.effective_from, month), effective_to=None)
    scheme.require_in_force(month)
    lookup = RecordingLookup()
    parameters = resolve(scheme, lookup, month, pay_month)
    frozen = MonthFrozen(branch, month, parameters.payment_month, version, scheme, parameters, lookup.rows())
    frozen.problems += dict.fromkeys(lookup.missing)
    if frozen.pay_month < month:
        frozen.problems.append(f"发放月份 {frozen.pay_month.label}早于所属月份 {month.label}")
    _people(frozen)
    frozen.teams = team_sums(frozen.people)
    for person in frozen.people:
        found = problems(scheme, parameters, person.facts, person.start.carried, frozen.team_of(person.facts))
        frozen.problems += [str(problem) for problem in found]
    return frozen


def _people(frozen: MonthFrozen) -> None:
    branch, month = frozen.branch, frozen.month
    employed = employed_rows(branch, month)
    engagements = engaged_here(employed, branch, month, frozen.problems)
    if not engagements:
        frozen.problems.append(f"{branch.name}{month.label}没有在职的客户经理,请先导入名册")
    figures = _figures(frozen)
    sales = sales_of(branch, month)
    inputs = input_facts(branch, month)
    chain = starts_of(branch, month, engagements)
    frozen.problems += chain.problems
    frozen.predecessor_id, frozen.predecessor_digest = chain.predecessor_id, chain.predecessor_digest
    modes = confirmed_modes(chain.starts, frozen.pay_month.year)
    places, grades = _last_of_month(engagements, month)
    adjustments = adjustments_due(list(chain.starts), month)
    leavers = leavers_of(engagements, month)
    for engagement in engagements:
        who = engagement.person_id
        place, figure = places.get(who), figures.get(who)
        label = f"{engagement.staff_no} {engagement.name}"
        if place is None:
            frozen.problems.append(f"{label}:{month.label}没有岗位记录,请在名册中补上")
        if figures and figure is None:
            frozen.problems.append(f"{label}:复核锁定的月度数据里没有此人,请解锁后重新复核")
        frozen.people.append(
            _person(
                engagement,
                left_on=leavers.get(who),
                place=place,
                grade=grades.get(who),
                figure=figure,
                sales=sales.get(who, []),
                inputs=inputs.get(who),
                adjustments=adjustments.get(who, ()),
                start=_begun(chain.starts[who], modes.get(who), frozen.pay_month.year),
                away=chain.starts[who].away_in(frozen.pay_month.year),
            )
        )
    _name_strangers(frozen, {engagement.person_id for engagement in employed}, figures, inputs)


def _name_strangers(frozen: MonthFrozen, known: set[int], figures: Collection[int], inputs: Collection[int]) -> None:
    """Whoever has figures or inputs of the month and isn't employed in it."""
    with_figures, with_inputs = set(figures) - known, set(inputs) - known
    if not (strangers := with_figures | with_inputs):
        return
    people = Person.objects.filter(pk__in=strangers).order_by("staff_no")
    said = {person.pk: f"{person.staff_no} {person.name}" for person in people}
    label = frozen.month.label
    for who, name in said.items():
        if who in with_figures:
            frozen.problems.append(f"{name}:月度数据里有此人的客户,但{label}不在职,请先把客户转给他人")
        if who in with_inputs:
            frozen.problems.append(f"{name}:核算输入有此人,但{label}不在职")


def _begun(start: Start, confirmed: ConfirmedMode | None, tax_year: int) -> Start:
    """The start with the tax mode of the year of payment; a confirmed one that it follows is named among the sources."""
    mode = mode_for(start, confirmed, tax_year)
    if confirmed is None and mode == start.tax_mode:
        return start
    followed = confirmed is not None and confirmed.mode == mode
    return replace(start, tax_mode=mode, source=start.source | ({"tax_mode": confirmed.pk} if followed and confirmed else {}))


def _figures(frozen: MonthFrozen) -> dict[int, FigureFacts]:
    try:
        return locked_figures(frozen.branch, frozen.month)
    except Refusal as refusal:
        frozen.problems.append(refusal.sentence)
        return {}


class Place(NamedTuple):
    """Where somebody works: the posting's key, 岗位, team and group by name ("" for none)."""

    pk: int
    post: str
    team: str
    group: str


def _last_of_month(engagements: list[Employed], month: Month) -> tuple[dict[int, Place], dict[int, str]]:
    """Posting and grade as of the month's last day, or of the last day worked."""
    people = [engagement.person_id for engagement in engagements]
    given = {"people": people, "first": month.first, "last": month.last}
    places = {who: Place(pk, post, team or "", group or "") for who, pk, post, team, group in _postings(**given)}
    return places, dict(_grades(**given))


def _touching(first: Any, last: Any) -> Q:
    return Q(effective_from__lte=last) & (Q(effective_to=None) | Q(effective_to__gte=first))


@Prepared
def _postings(people: Any, first: Any, last: Any) -> QuerySet[Posting, Any]:
    rows = Posting.objects.filter(_touching(first, last), person__among=people).order_by("effective_from")
    return rows.values_list("person_id", "pk", "post", "team__name", "group__name")


@Prepared
def _grades(people: Any, first: Any, last: Any) -> QuerySet[GradeHolding, Any]:
    rows = GradeHolding.objects.filter(_touching(first, last), person__among=people).order_by("effective_from")
    return rows.values_list("person_id", "grade")


def _person(
    engagement: Employed,
    *,
    left_on: date | None,
    place: Place | None,
    grade: str | None,
    figure: FigureFacts | None,
    sales: list[SaleFact],
    inputs: InputFacts | None,
    adjustments: tuple[Adjustment, ...],
    start: Start,
    away: int,
) -> Frozen:
    broker = engagement.kind == Engagement.Kind.BROKER
    facts = PersonFacts(
        staff_no=engagement.staff_no,
        name=engagement.name,
        kind=BROKER if broker else EMPLOYEE,
        hired_on=engagement.hired_on,
        left_on=left_on,
        team=place.team if place else "",
        post=place.post if place else "",
        grade=None if broker else grade,
        contribution_base=engagement.insurance_base,
        housing_fund_rate=engagement.housing_fund_rate,
        medical_tier=MEDICAL_TIERS.get(engagement.medical_tier),
        additional_total=engagement.additional_total,
        additional={item: decimal(amount) for item, amount in engagement.additional_deductions.items()},
        tax_mode=start.tax_mode,
        sales=tuple(_sale(sale) for sale in sales),
        inputs=None if inputs is None else inputs.cells,
        adjustments=adjustments,
        away=away,
        **_brought(figure),
    )
    return Frozen(
        person_id=engagement.person_id,
        facts=facts,
        start=start,
        group=place.group if place else "",
        bank_masked=f"{engagement.bank_name} {engagement.masked_bank_account}".strip(),
        other_net_income=str(figure.other_net_income if figure else ZERO),
        sources={
            "engagement": engagement.pk,
            "posting": place.pk if place else None,
            "figure": figure.pk if figure else None,
            "input": inputs.pk if inputs else None,
            "sales": [sale.row for sale in sales],
            **start.source,
        },
    )


def _brought(figure: FigureFacts | None) -> dict[str, Any]:
    """What a person's clients brought, as the facts call it; nothing while the figures lack the person."""
    if figure is None:
        return {}
    return {
        "net_commission": figure.net_commission,
        "gross_commission": figure.gross_commission,
        "clients_end": figure.clients_end,
        "assets_end": figure.assets_end,
        "net_new_assets": figure.net_new_assets_raw,
        "new_valid_accounts": figure.new_valid_accounts,
    }


def _sale(sale: SaleFact) -> Sale:
    return Sale(sale.product_code, sale.amount, level(sale.client_level), level(sale.product_level), str(sale.row))


def team_sums(people: Iterable[Frozen]) -> dict[str, TeamFigures]:
    """Σ净佣金 and Σ目标 of everyone of a team employed in the month, leader and brokers too; a missing target leaves None."""
    return team_sums_of(person.facts for person in people)


def team_sums_of(facts_of_all: Iterable[PersonFacts]) -> dict[str, TeamFigures]:
    """The same of facts alone."""
    members: dict[str, list[PersonFacts]] = {}
    for one in facts_of_all:
        if one.team:
            members.setdefault(one.team, []).append(one)
    return {team: _team(team, facts) for team, facts in members.items()}


def _team(team: str, members: list[PersonFacts]) -> TeamFigures:
    targets = [facts.inputs.target if facts.inputs else None for facts in members]
    known = [target for target in targets if target is not None]
    return TeamFigures(
        team=team,
        net_commission=total(facts.net_commission for facts in members),
        target=total(known) if len(known) == len(targets) else None,
        members=len(members),
    )
