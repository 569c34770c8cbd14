"""What marketing plans and agreements show on the workbench and in the menu, and the kind of approval they sign in."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from approvals.requests.kinds import register
from branch.exports import register as exports
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.structure.register import add_begun, add_needs
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from teams.plans.expenses.register import add_budget
from teams.plans.marketing import opening, queries, rules, states
from teams.plans.marketing.access import sees_plans
from teams.plans.marketing.exports import AGREEMENTS, PLANS
from teams.plans.marketing.models import AgreementCorrection, MarketingPlan
from teams.plans.marketing.signing import ANNUAL_PLAN


def returned(person: Person) -> Waiting:
    """Plans one sent up oneself that came back. Counted alike on menu, workbench and list."""
    if not holds(person, Power.PLAN_EDIT):
        return 0
    return MarketingPlan.objects.visible_to(person).filter(state=states.RETURNED, approval__applicant=person)


def corrections_waiting(person: Person) -> Waiting:
    """Corrections of signed agreements that wait for this very person. Counted alike on menu, workbench and list."""
    if not holds(person, Power.PLAN_EDIT):
        return 0
    return AgreementCorrection.objects.waiting_for(person)


def _todos(person: Person) -> Iterable[Todo]:
    if not sees_plans(person):
        return
    today = timezone.localdate()
    plans, agreements = reverse("plans:plan-list"), reverse("plans:agreement-list")
    yield Todo("营销方案被退回,待修改", returned(person), f"{plans}?state={states.RETURNED}")
    label = f"团队没有已批准的{today.year}年度营销方案"
    yield Todo(label, queries.teams_without_plan(person, today.year, today), f"{plans}?year={today.year}", urgent=True)
    yield Todo("筹办中的团队还没有已批准的方案", queries.teams_in_preparation(person, today, planned=False), plans)
    if holds(person, Power.PLAN_EDIT):
        far, near = rules.WARN_DAYS
        soon = queries.ending_agreements(person, today, near)
        later = queries.ending_agreements(person, today, far).exclude(pk__in=soon.values("pk"))
        yield Todo("合作方案的更正,待确认", corrections_waiting(person), agreements)
        yield Todo(f"银行合作方案 {near} 天内到期", soon, agreements, urgent=True)
        yield Todo(f"银行合作方案 {far} 天内到期", later, agreements)


def _to_begin(person: Person) -> Iterable[Todo]:
    """Who keeps the organisation hears of teams whose plan is approved."""
    if holds(person, Power.ORG_EDIT):
        ready = queries.teams_in_preparation(person, timezone.localdate(), planned=True, power=Power.ORG_EDIT)
        yield Todo("团队的方案已批准,待启用", ready, reverse("org-overview"))


def sign_in() -> None:
    """Called once when the application starts."""
    register(ANNUAL_PLAN)
    add_budget(queries.budgets)
    exports.register(PLANS, AGREEMENTS)
    add_todos(_todos)
    add_todos(_to_begin)
    add_needs(opening.needs)
    add_begun(opening.begin)
    add_menu(
        MenuItem("teams", "营销方案", "plans:plan-list", sees_plans, returned, 5, "计划"),
        MenuItem("teams", "银行合作方案", "plans:agreement-list", sees_plans, corrections_waiting, 6, "计划"),
    )
