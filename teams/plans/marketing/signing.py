"""The annual plan as a kind of approval (art. 4): what the signers see, and what follows from each of their acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from approvals.requests.kinds import Difference, Document, Kind, Paper
from approvals.requests.models import Request
from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Team
from branch.people.access import reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.money import grouped
from kernel.refusals import Unknown
from teams.plans.marketing import access, rules, states
from teams.plans.marketing.models import MarketingPlan
from teams.plans.targets.actions import adopt_plan
from teams.plans.targets.metrics import METRICS

KIND = "annual_plan"
DOCUMENT = "plans/marketing/plan_document.html"
FACT_LABELS = {
    "year": "年度",
    "team": "团队",
    "is_new_team": "新成立的团队",
    "budget_total": "费用预算合计(元)",
    "accounts_year": "全年目标开户数(户)",
    **rules.TEXTS,
}


def plan_of(request: Request) -> MarketingPlan:
    """The plan a request is about, read once for each request object."""
    kept: dict[str, MarketingPlan] = request.__dict__.setdefault("_about", {})
    if KIND not in kept:
        found = MarketingPlan.objects.filter(approval=request).select_related("branch", "team", "team__branch", "made_by").first()
        if found is None:
            raise Unknown("这份申请没有对应的营销方案")
        kept[KIND] = found
    return kept[KIND]


def facts(plan: MarketingPlan) -> dict[str, Any]:
    """What a round keeps: the whole content, and the sums that a route may ask about."""
    content = plan.content
    return {
        **content,
        "budget_total": str(rules.budget_total(content)),
        "accounts_year": str(rules.year_of(content, "accounts")),
    }


def grid(plan: MarketingPlan) -> list[dict[str, Any]]:
    """The figures as a page shows them: a row a thing, twelve cells and the year."""
    return [
        {
            "label": METRICS[code].label,
            "unit": METRICS[code].unit,
            "year": rules.shown(rules.year_of(plan.content, code), METRICS[code]),
            "cells": [rules.shown(amount, METRICS[code]) for amount in rules.figures(plan.content, code)],
        }
        for code in rules.PLANNED
    ]


def texts(plan: MarketingPlan) -> list[tuple[str, str]]:
    return [(label, getattr(plan, name)) for name, label in rules.TEXTS.items() if getattr(plan, name).strip()]


def shown(plan: MarketingPlan) -> dict[str, Any]:
    """What the plan's page, the signers' document and the paper show alike."""
    return {"plan": plan, "grid": grid(plan), "texts": texts(plan), "month_numbers": range(1, 13)}


def describe(request: Request) -> Document:
    plan = plan_of(request)
    found: list[tuple[str, Any]] = [
        ("营业部", plan.branch.name),
        ("团队", plan.team.name + ("(新成立)" if plan.is_new_team else "")),
        ("年度", f"{plan.year} 年"),
        ("全年目标开户数", f"{rules.shown(rules.year_of(plan.content, 'accounts'), METRICS['accounts'])} 户"),
        ("费用预算合计(元)", grouped(plan.budget_total)),
        ("拟稿", plan.made_by.name),
    ]
    return Document(found, plan.get_absolute_url(), DOCUMENT, shown(plan))


def paper(request: Request) -> Paper:
    return Paper("plans/marketing/plan_paper.html", shown(plan_of(request)))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    return [Difference(label, old or "无", new or "无") for label, old, new in rules.changes(before, after)]


def current_digest(request: Request) -> str:
    """The content as it is now; a plan that is no longer being signed has none."""
    plan = plan_of(request)
    return plan.digest if plan.state == states.APPROVING else ""


def may_see(person: Person, request: Request) -> bool:
    plan = MarketingPlan.objects.filter(approval=request).first()
    if plan is None:
        return False
    scope = reach(person, Power.PLAN_VIEW)
    return scope.company or plan.branch_id in scope.branches or plan.team_id in scope.teams


def may_open(person: Person, request: Request) -> bool:
    """Whom the plan's own page answers; the other signers read the plan on the request."""
    scope = reach(person, Power.PLAN_VIEW)
    return scope.company or request.branch_id in scope.branches or bool(scope.teams)


def _moved(request: Request, act: str, **changes: Any) -> MarketingPlan:
    """The plan after the move, under its own lock; the request's lock is already held."""
    rows = MarketingPlan.objects.select_for_update(of=("self",)).select_related("branch", "team__branch", "approval")
    plan = rows.get(approval=request)
    plan.state = states.PLAN.after(plan.state, act)
    for name, value in changes.items():
        setattr(plan, name, value)
    plan.save()
    request.__dict__.pop("_about", None)
    return plan


def on_approved(request: Request, by: Person) -> None:
    """The last signature: the plan takes effect under its 文号, and its figures become the targets of a team at work."""
    plan = _moved(request, "approve", approved_at=timezone.now(), paper_no=request.document_number)
    note_down(by, "plan.approved", plan, f"{plan}经会签批准,文号 {plan.paper_no}")
    team = Team.objects.select_for_update(no_key=True).get(pk=plan.team_id)  # it may begin at this moment
    if team.begun_on is not None:
        carry_over(plan, by)


def carry_over(plan: MarketingPlan, by: Person) -> None:
    """The figures of an approved plan become the team's targets; what found no room is told to who sent it up."""
    assert plan.approval is not None  # plan_asked_for
    months = {code: rules.figures(plan.content, code) for code in rules.PLANNED}
    basis = f"已批准的{plan}({plan.paper_no or plan.approval.number})"
    plan.left_out = adopt_plan(team=plan.team, year=plan.year, months=months, basis=basis, by=by)
    plan.save(update_fields=["left_out"])
    note_down(by, "plan.carried", plan, f"{plan}的逐月目标列入团队目标", left_out=plan.left_out)
    if plan.left_out:
        text = f"{plan}的 {len(plan.left_out)} 项没有列入目标,请营业部处理"
        tell([plan.approval.applicant], text, key=f"plan:{plan.pk}:left_out", link=plan.get_absolute_url())


def on_returned(request: Request, by: Person) -> None:
    plan = _moved(request, "return")
    note_down(by, "plan.returned", plan, f"{plan}被退回")


def on_rejected(request: Request, by: Person) -> None:
    plan = _moved(request, "reject")
    note_down(by, "plan.rejected", plan, f"{plan}未获批准")


def may_act_for(person: Person, request: Request) -> None:
    access.require_may_write(person, plan_of(request).team)


def on_withdrawn(request: Request, by: Person) -> None:
    plan = _moved(request, "withdraw")
    note_down(by, "plan.withdrawn", plan, f"{plan}撤回报批")


def note_down(by: Person, act: str, plan: MarketingPlan, summary: str, **details: Any) -> None:
    """The audit row of an act on a plan."""
    record(by=by, act=f"plans.{act}", subject=plan, summary=summary, branch_code=plan.branch.code, **details)


ANNUAL_PLAN = Kind(
    code=KIND,
    label="年度营销方案",
    describe=describe,
    on_approved=on_approved,
    on_returned=on_returned,
    on_rejected=on_rejected,
    on_withdrawn=on_withdrawn,
    may_act_for=may_act_for,
    may_see=may_see,
    may_open=may_open,
    digest=current_digest,
    transferable=True,
    one_up=True,
    paper=paper,
    diff=differences,
    phrases=("同意", "请补充市场分析", "费用预算请压缩后重报", "目标偏低,请重新测算"),
    fact_labels=FACT_LABELS,
)
