"""What a new team needs of its plan before it begins (art. 3), and what becomes of the plan's figures then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django.urls import reverse

from branch.org.models import Team
from branch.people.models import Person
from branch.structure.register import Need
from teams.plans.marketing import queries, rules, states
from teams.plans.marketing.models import MarketingPlan
from teams.plans.marketing.signing import carry_over
from teams.plans.targets.metrics import METRICS


def needs(team: Team, on: date) -> Iterator[Need]:
    """An approved plan of the year of that day or a later one, and in it a target number of accounts."""
    plan = queries.opening_plan(team, on)
    if plan is None:
        sentence = f"还没有{on.year}年度(或以后年度)的营销方案,请由团队负责人或营业部经理拟定并报批"
        yield Need("已批准的年度营销方案", False, sentence, reverse("plans:plan-new"))
        yield Need("目标开户数", False, "方案里要逐月列明目标开户数")
        return
    yield Need("已批准的年度营销方案", plan.state in states.IN_FORCE, _standing(plan), plan.get_absolute_url())
    accounts = rules.year_of(plan.content, "accounts")
    said = f"全年 {rules.shown(accounts, METRICS['accounts'])} 户" if accounts else f"{plan}没有列明目标开户数,请补齐后报批"
    yield Need("目标开户数", accounts > 0, said, "" if accounts else plan.get_absolute_url())


def _standing(plan: MarketingPlan) -> str:
    if plan.state in states.IN_FORCE:
        return f"{plan},文号 {plan.paper_no}" if plan.paper_no else str(plan)
    number = f",申请 {plan.approval.number}" if plan.approval is not None and plan.state == states.APPROVING else ""
    return f"{plan}还没有批准(现为{plan.get_state_display()}{number})"


def begin(team: Team, by: Person) -> None:
    """The team begins: the figures of its approved plans become its targets."""
    assert team.begun_on is not None
    plans = MarketingPlan.objects.in_force().select_for_update(of=("self",)).filter(team=team, year__gte=team.begun_on.year)
    for plan in plans.select_related("branch", "team__branch", "approval").order_by("year"):
        carry_over(plan, by)
