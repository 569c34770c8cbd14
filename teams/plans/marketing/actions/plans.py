"""Writes of a marketing plan: drafted, edited, sent up, taken back, summed up at the end of its year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.org.models import Team
from branch.people.models import Person
from kernel.digests import plain
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.marketing import access, rules, signing, states
from teams.plans.marketing.models import MarketingPlan
from teams.plans.marketing.signing import note_down

WRITTEN = ("is_new_team", *rules.TEXTS, "budget", "months")
EARLIEST = 2000
LATEST = 2100


def locked(plan_id: int) -> MarketingPlan:
    """The plan's row, locked for this transaction. Raises Unknown."""
    rows = MarketingPlan.objects.select_for_update(of=("self",)).select_related("branch", "team", "team__branch", "approval")
    found = rows.filter(pk=plan_id).first()
    if found is None:
        raise Unknown("没有这份营销方案")
    return found


@transaction.atomic
def draft_plan(*, team: Team, year: int, content: Mapping[str, Any], by: Person) -> MarketingPlan:
    """Begin the team's plan of a year. One plan a team and year."""
    access.require_may_write(by, team)
    if not EARLIEST <= year <= LATEST:
        raise Refusal(f"年度应在 {EARLIEST} 到 {LATEST} 之间", code="bad_year")
    Team.objects.select_for_update().get(pk=team.pk)
    if MarketingPlan.objects.filter(team=team, year=year).exists():
        raise Refusal(f"{team.name}已有{year}年度的营销方案,请打开它修改", code="already_there")
    plan = MarketingPlan(branch=team.branch, team=team, year=year, made_by=by)
    _write(plan, content)
    plan.save()
    note_down(by, "plan.draft", plan, f"拟定{plan}")
    return plan


@transaction.atomic
def edit_plan(*, plan_id: int, content: Mapping[str, Any], by: Person, seen: str = "") -> MarketingPlan:
    """Another content for a plan that is not on its way. Raises Overtaken when somebody else saved it since `seen` was shown."""
    plan = locked(plan_id)
    access.require_may_write(by, plan.team)
    state = states.PLAN.after(plan.state, "edit")
    require_seen(seen, plan.content, what=str(plan))
    before = plan.digest
    _write(plan, content)
    plan.state = state
    plan.save()
    note_down(by, "plan.edit", plan, f"修改{plan}", before=before, after=plan.digest)
    return plan


def _write(plan: MarketingPlan, content: Mapping[str, Any]) -> None:
    for name in WRITTEN:
        if name in content:
            setattr(plan, name, plain(content[name]))
    if plan.team.begun_on is None:  # a team that is being set up, whatever the box says
        plan.is_new_team = True
    rules.require_content(plan.content)


@transaction.atomic
def send_up(*, plan_id: int, by: Person) -> MarketingPlan:
    """报批, and again after a 退回: the content is fixed until it is approved, returned or taken back."""
    # The request's row before the plan's, as every signature takes them.
    Request.objects.select_for_update().filter(pk__in=MarketingPlan.objects.filter(pk=plan_id).values("approval")).first()
    plan = locked(plan_id)
    access.require_may_write(by, plan.team)
    act = "resubmit" if plan.state == states.RETURNED else "submit"
    state = states.PLAN.after(plan.state, act)
    rules.require_complete(plan.content, is_new_team=plan.is_new_team)
    given: dict[str, Any] = {"content_digest": plan.digest, "facts": signing.facts(plan), "by": by, "title": str(plan)}
    if act == "resubmit":
        assert plan.approval is not None  # plan_asked_for
        plan.approval = approvals.resubmit(request_id=plan.approval.pk, **given)
    else:
        plan.approval = approvals.submit(kind=signing.KIND, branch=plan.branch, applicant=by, **given)
    plan.state = state
    plan.save(update_fields=["state", "approval"])
    note_down(by, f"plan.{act}", plan, f"{plan}报批", number=plan.approval.number, round=plan.approval.round)
    return plan


@transaction.atomic
def take_back(*, plan_id: int, reason: str, by: Person) -> MarketingPlan:
    """撤回, while the request is unfinished; the plan is a draft again."""
    found = MarketingPlan.objects.filter(pk=plan_id).only("approval_id").first()
    if found is None:
        raise Unknown("没有这份营销方案")
    if found.approval_id is None:
        raise Refusal("这份营销方案还没有报批,不需要撤回", code="not_asked")
    approvals.withdraw(request_id=found.approval_id, reason=reason, by=by)
    return locked(plan_id)


@transaction.atomic
def summarise(*, plan_id: int, text: str, by: Person, today: date | None = None) -> MarketingPlan:
    """年度总结, from December of the plan's year on."""
    plan = locked(plan_id)
    access.require_may_write(by, plan.team)
    state = states.PLAN.after(plan.state, "summarise")
    if not text.strip():
        raise Refusal("请写明年度总结", code="empty")
    if (today or timezone.localdate()) < date(plan.year, 12, 1):
        raise Refusal(f"{plan}还在执行,{plan.year}年12月起才能写年度总结", code="too_early")
    plan.summary, plan.state, plan.summarised_by, plan.summarised_at = text.strip(), state, by, timezone.now()
    plan.save(update_fields=["summary", "state", "summarised_by", "summarised_at"])
    note_down(by, "plan.summarise", plan, f"写入{plan}的年度总结")
    return plan
