"""Writes of 部门收入目标: a draft by one person, in force by a second, once its parts are the total (S22)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.org.models import Branch
from branch.people.models import Person
from kernel.money import yuan
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.targets import access, rules, states
from teams.plans.targets.models import IncomePart, IncomePlan


def shown_income(plan: IncomePlan | None) -> dict[str, Any]:
    """What the page of a draft shows, for the stamp of two editors."""
    if plan is None:
        return {"total": None}
    parts = {part.department: str(part.amount) for part in sorted(plan.parts.all(), key=lambda part: part.pk)}
    return {"total": str(plan.total), "parts": parts, "reason": plan.reason}


@transaction.atomic
def save_income(
    *,
    branch: Branch,
    year: int,
    period: str,
    total: Decimal,
    parts: Mapping[str, Decimal],
    by: Person,
    reason: str = "",
    seen: str = "",
) -> IncomePlan:
    """Write the draft of a period, yuan. A gap is kept and shown; a draft beside a plan in force needs a reason."""
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    access.require_may_plan_income(by, branch)
    rows = IncomePlan.objects.filter(branch=branch, year=year, period=period)
    draft, in_force = rows.filter(state=states.DRAFT).first(), rows.filter(state=states.IN_FORCE).first()
    require_seen(seen, shown_income(draft), what="部门收入目标")
    _require_amounts(total, parts)
    said = access.require_reason(reason, "变更的原因") if in_force is not None else reason.strip()
    latest = rows.order_by("-version").values_list("version", flat=True).first() or 0
    plan = draft or IncomePlan(branch=branch, year=year, period=period, version=latest + 1)
    plan.total, plan.reason, plan.made_by = yuan(total), said[:200], by
    plan.save()
    plan.parts.all().delete()
    IncomePart.objects.bulk_create(IncomePart(plan=plan, department=name, amount=yuan(part)) for name, part in parts.items())
    _record(by, "income.save", plan, f"填写{plan},总目标 {plan.total:,.2f} 元", parts=dict(parts), reason=said)
    return plan


def _require_amounts(total: Decimal, parts: Mapping[str, Decimal]) -> None:
    for name, amount in {"总目标": total, **parts}.items():
        if amount < 0:
            raise Refusal(f"{name}的收入目标不能为负数({amount:,})", code="negative")
        if amount > rules.LARGEST:
            raise Refusal(f"{name}的收入目标大得不合常理({amount:,}),请核对单位是万元还是元", code="too_large")
    if not parts:
        raise Refusal("请至少填写一个部门的收入目标", code="no_parts")
    nameless = [name for name in parts if not name.strip() or len(name) > 20]
    if nameless:
        raise Refusal("部门名称要写,且不超过 20 个字", code="nameless", items=nameless)


def _locked(plan_id: int) -> IncomePlan:
    found = IncomePlan.objects.select_for_update(of=("self",)).select_related("branch", "made_by").filter(pk=plan_id).first()
    if found is None:
        raise Unknown("没有这份部门收入目标")
    return found


@transaction.atomic
def put_income(*, plan_id: int, by: Person, seen: str = "") -> IncomePlan:
    """A second person puts the draft in force; the one before is kept as replaced. Refused while the parts differ."""
    plan = _locked(plan_id)
    after = states.INCOME.after(plan.state, "put")
    access.require_may_put_income(by, plan)
    require_seen(seen, shown_income(plan), what=str(plan))
    parts = list(plan.parts.all())
    rules.require_parts_equal(plan.total, [part.amount for part in parts])
    former = IncomePlan.objects.select_for_update().filter(
        branch=plan.branch, year=plan.year, period=plan.period, state=states.IN_FORCE
    )
    for one in former:
        one.state = states.INCOME.after(one.state, "replace")
        one.save(update_fields=["state"])
    plan.state, plan.put_by, plan.put_at = after, by, timezone.now()
    plan.save(update_fields=["state", "put_by", "put_at"])
    _record(by, "income.put", plan, f"{plan}生效", total=plan.total, parts={part.department: part.amount for part in parts})
    return plan


@transaction.atomic
def drop_income(*, plan_id: int, by: Person) -> IncomePlan:
    """Give up a draft; the plan in force, if any, stays."""
    plan = _locked(plan_id)
    after = states.INCOME.after(plan.state, "drop")
    access.require_may_plan_income(by, plan.branch)
    plan.state = after
    plan.save(update_fields=["state"])
    _record(by, "income.drop", plan, f"放弃{plan}的草案")
    return plan


def _record(by: Person, act: str, plan: IncomePlan, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=plan, summary=summary, branch_code=plan.branch.code, **details)
