"""What pages and other rooms read of marketing plans and cooperation agreements."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q, QuerySet

from branch.org.models import Branch, Outlet, Team
from branch.parameters.queries import ParameterBook
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.money import decimal
from kernel.refusals import Unknown
from teams.plans.marketing import rules, states
from teams.plans.marketing.models import (
    AgreementCorrection,
    AgreementCorrectionQuerySet,
    AgreementQuerySet,
    CooperationAgreement,
    MarketingPlan,
    PlanQuerySet,
)

DUE = "plans.annual_plan_due"
DEFAULT_DUE = 31


def plans_for(person: Person, *, year: int | None = None, branch: Branch | None = None, state: str = "") -> PlanQuerySet:
    """The plans this person may see, by year, branch and state."""
    rows = MarketingPlan.objects.visible_to(person).select_related("branch", "team", "made_by", "approval")
    if year is not None:
        rows = rows.filter(year=year)
    if branch is not None:
        rows = rows.filter(branch=branch)
    return rows.filter(state=state) if state else rows


def plan_for(person: Person, plan_id: int) -> MarketingPlan:
    """The plan, if this person may see it. Raises Unknown."""
    rows = MarketingPlan.objects.visible_to(person).select_related("branch", "team", "team__branch", "made_by", "approval")
    found = rows.select_related("summarised_by", "approval__applicant").filter(pk=plan_id).first()
    if found is None:
        raise Unknown("没有这份营销方案")
    return found


def teams_to_write_for(person: Person) -> QuerySet[Team]:
    """The teams in being whose plans the person may write."""
    scope = reach(person, Power.PLAN_EDIT)
    rows = Team.objects.filter(closed_on=None).select_related("branch")
    return rows if scope.company else rows.filter(Q(branch__in=scope.branches) | Q(pk__in=scope.teams))


def due_day(year: int) -> int:
    """The day of the year (31: January 31st) by which the year's plans must be approved."""
    book = ParameterBook.load(DUE)
    return int(decimal(book.find(DUE, date(year, 1, 1), DEFAULT_DUE)))


def teams_without_plan(person: Person, year: int, today: date) -> QuerySet[Team]:
    """Teams at work, seen by this person, without an approved plan of the year; none before the plans are due."""
    if not rules.is_overdue(year, today, due_day(year)):
        return Team.objects.none()
    scope = reach(person, Power.PLAN_VIEW)
    approved = MarketingPlan.objects.in_force().filter(team=OuterRef("pk"), year=year)
    rows = Team.objects.working_on(today)
    rows = rows.filter(~Exists(approved)).select_related("branch").order_by("branch__code", "id")
    return rows if scope.company else rows.filter(Q(branch__in=scope.branches) | Q(pk__in=scope.teams))


def teams_in_preparation(person: Person, today: date, *, planned: bool, power: Power = Power.PLAN_VIEW) -> QuerySet[Team]:
    """Teams 筹办中 within reach: `planned`, whose plan is approved, or those that still lack one."""
    scope = reach(person, power)
    approved = Exists(MarketingPlan.objects.in_force().filter(team=OuterRef("pk"), year__gte=today.year))
    rows = Team.objects.in_preparation(today).filter(begun_on=None).filter(approved if planned else ~approved)
    rows = rows.select_related("branch").order_by("branch__code", "id")
    return rows if scope.company else rows.filter(Q(branch__in=scope.branches) | Q(pk__in=scope.teams))


def opening_plan(team: Team, on: date) -> MarketingPlan | None:
    """The plan a team would begin with on that day: of its year or a later one, an approved one before others."""
    plans = list(MarketingPlan.objects.filter(team=team, year__gte=on.year).select_related("approval").order_by("year"))
    return next((plan for plan in plans if plan.state in states.IN_FORCE), plans[0] if plans else None)


def budgets(teams: Collection[int], year: int) -> dict[int, Decimal]:
    """Team id → the budget of its approved plan of the year, yuan."""
    rows = MarketingPlan.objects.in_force().filter(team__in=teams, year=year)
    return {plan.team_id: plan.budget_total for plan in rows.select_related("team")}


@dataclass(frozen=True)
class OutletStanding:
    """An outlet and the agreement that covers the day; None: 无有效合作方案."""

    outlet: Outlet
    agreement: CooperationAgreement | None


def outlets_with_agreements(person: Person, branch: Branch, today: date) -> list[OutletStanding]:
    """Every outlet in being of the branch; two statements."""
    outlets = Outlet.objects.filter(Q(closed_on=None) | Q(closed_on__gte=today), branch=branch)
    covering = CooperationAgreement.objects.visible_to(person).filter(branch=branch).covering(today)
    by_outlet = {row.outlet_id: row for row in covering.order_by("valid_to")}
    return [OutletStanding(outlet, by_outlet.get(outlet.pk)) for outlet in outlets]


def agreements_for(person: Person, *, branch: Branch | None = None) -> AgreementQuerySet:
    rows = CooperationAgreement.objects.visible_to(person).select_related("branch", "outlet", "made_by", "file")
    return rows.filter(branch=branch) if branch is not None else rows


def agreement_for(person: Person, agreement_id: int) -> CooperationAgreement:
    """The agreement, if this person may see it. Raises Unknown."""
    found = agreements_for(person).filter(pk=agreement_id).first()
    if found is None:
        raise Unknown("没有这份合作方案")
    return found


def ending_agreements(person: Person, today: date, within: int) -> AgreementQuerySet:
    """Those that end within so many days and are followed by no other of the outlet."""
    follows = CooperationAgreement.objects.filter(
        outlet=OuterRef("outlet"), signed_on__isnull=False, valid_to__gt=OuterRef("valid_to")
    )
    rows = CooperationAgreement.objects.visible_to(person).covering(today)
    return rows.filter(~Exists(follows), valid_to__lte=today + timedelta(within))


def corrections_for(person: Person) -> AgreementCorrectionQuerySet:
    """Of the agreements the person sees, the newest first."""
    rows = AgreementCorrection.objects.visible_to(person)
    return rows.select_related("agreement__branch", "agreement__outlet", "proposed_by", "decided_by", "former_file", "file")


def correction_for(person: Person, correction_id: int) -> AgreementCorrection:
    """The correction, if this person sees its agreement. Raises Unknown."""
    found = corrections_for(person).filter(pk=correction_id).first()
    if found is None:
        raise Unknown("没有这项更正")
    return found
