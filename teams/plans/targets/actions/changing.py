"""Writes of changes to a target in force: wanted by one, agreed to by the superior; nothing is written over, all is kept."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from branch.notices.actions import tell
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.targets import access, queries, rules, states
from teams.plans.targets.actions.breaking import (
    locked,
    note_down,
    require_amounts,
    require_room_for_parts,
    shown_root,
    write_months,
)
from teams.plans.targets.models import Target, TargetChange


@transaction.atomic
def propose_change(*, target_id: int, months: Sequence[Decimal], reason: str, by: Person, seen: str = "") -> TargetChange:
    """Want other months for a target in force. Raises Overtaken when it was changed since `seen` was shown."""
    target = locked(target_id)
    access.require_may_set(by, target)
    if not target.in_force:
        raise Refusal(f"{target}还是草案,直接修改即可,不用提出变更", code="draft")
    before = queries.months_of([target.pk])[target.pk]
    require_seen(seen, shown_root(before), what=str(target))
    said = access.require_reason(reason, "变更的原因")
    _require_possible(target, months)
    if list(months) == before:
        raise Refusal("新目标与现在的相同,没有可变更的内容", code="same")
    if target.changes.proposed().exists():
        raise Refusal(f"{target}已有一项变更待同意,请先由上级处理或由提出人撤回", code="already_proposed")
    change = TargetChange.objects.create(
        target=target,
        before=[str(amount) for amount in before],
        after=[str(amount.quantize(Decimal("0.01"))) for amount in months],
        reason=said[:200],
        proposed_by=by,
    )
    note_down(by, "targets.propose_change", target, f"提出变更{target}", before=before, after=months, reason=said)
    return change


def _require_possible(target: Target, months: Sequence[Decimal]) -> None:
    """Not negative, not below what is broken down from it, not beyond what it is a part of."""
    require_amounts(target, months)
    require_room_for_parts(target, months)
    if target.parent is None:
        return
    others = {part.pk: part.unit_name for part in target.parent.parts.exclude(pk=target.pk).select_related(*queries.UNITS)}
    amounts = queries.months_of([target.parent.pk, *others])
    parts = {f"{name}{pk}": amounts[pk] for pk, name in others.items()} | {"": list(months)}
    rules.require_within(amounts[target.parent.pk], parts, target.kind, of=target.parent.unit_name)


def _locked_change(change_id: int) -> TargetChange:
    paths = [f"target__{unit}" for unit in (*queries.UNITS, "parent")]
    rows = TargetChange.objects.select_for_update(of=("self",)).select_related("target", *paths, "proposed_by")
    found = rows.filter(pk=change_id).first()
    if found is None:
        raise Unknown("没有这项目标变更")
    return found


@transaction.atomic
def agree_change(*, change_id: int, by: Person, note: str = "") -> TargetChange:
    """The superior agrees: the target takes the new months. Refused when the target has moved on since it was proposed."""
    change = _locked_change(change_id)
    after = states.CHANGE.after(change.state, "agree")
    target = locked(change.target_id)
    access.require_may_decide(by, change)
    now = queries.months_of([target.pk])[target.pk]
    if [str(amount) for amount in now] != change.before:
        raise Refusal(f"{target}在提出变更之后已被改动,请提出人撤回后重新提出", code="moved_on")
    months = [Decimal(amount) for amount in change.after]
    _require_possible(target, months)
    write_months(target, months)
    return _decided(change, after, by, note, "同意")


@transaction.atomic
def refuse_change(*, change_id: int, by: Person, note: str) -> TargetChange:
    """The superior does not agree, and says why; the target stays as it is."""
    change = _locked_change(change_id)
    after = states.CHANGE.after(change.state, "refuse")
    access.require_may_decide(by, change)
    return _decided(change, after, by, access.require_reason(note, "不同意的理由"), "不同意")


@transaction.atomic
def withdraw_change(*, change_id: int, by: Person) -> TargetChange:
    """Who wanted the change takes it back."""
    change = _locked_change(change_id)
    after = states.CHANGE.after(change.state, "withdraw")
    access.require_may_withdraw(by, change)
    return _decided(change, after, by, "", "撤回")


def _decided(change: TargetChange, after: str, by: Person, note: str, word: str) -> TargetChange:
    change.state, change.decided_by, change.decided_at, change.note = after, by, timezone.now(), note.strip()[:200]
    change.save(update_fields=["state", "decided_by", "decided_at", "note"])
    note_down(by, f"targets.{after}_change", change.target, f"{word}变更{change.target}", after=change.after, note=change.note)
    if by.pk != change.proposed_by_id:
        tell(
            [change.proposed_by],
            f"您提出的{change.target}变更:{word}{';' + change.note if change.note else ''}",
            key=f"targets.change:{change.pk}",
            link=f"/plans/targets/{change.target_id}/",
        )
    return change
