"""Writes of drafts: a branch's own target, the parts of a target, and putting them in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.targets import access, queries, rules, states
from teams.plans.targets.metrics import Level
from teams.plans.targets.models import Target, TargetMonth
from teams.plans.targets.queries import Months, Unit

Parts = Mapping[str, Sequence[Decimal] | None]


def locked(target_id: int) -> Target:
    """The target's row, locked for this transaction. Raises Unknown."""
    rows = Target.objects.select_for_update(of=("self",)).select_related(*queries.UNITS, "parent")
    found = rows.filter(pk=target_id).first()
    if found is None:
        raise Unknown("没有这项目标")
    return found


def write_months(target: Target, months: Sequence[Decimal]) -> None:
    """Put the twelve months in place of what was there."""
    named = zip(queries.year_months(target.year), months, strict=True)
    rows = [TargetMonth(target=target, month=month, amount=amount) for month, amount in named]
    TargetMonth.objects.bulk_create(rows, update_conflicts=True, unique_fields=["target", "month"], update_fields=["amount"])


def require_amounts(target: Target, months: Sequence[Decimal]) -> None:
    """Twelve amounts that the metric can have."""
    if len(months) != rules.MONTHS:
        raise Refusal(f"{target.unit_name}的目标要有 12 个月的数", code="not_twelve")
    for amount in months:
        rules.require_amount(amount, target.kind, target.unit_name)


def require_room_for_parts(target: Target, months: Sequence[Decimal]) -> None:
    """A target may not fall below what has been broken down from it."""
    parts = {str(part.pk): part for part in target.parts.all()} if target.pk else {}
    amounts = queries.months_of(part.pk for part in parts.values())
    below = {key: amounts[part.pk] for key, part in parts.items()}
    rules.require_within(months, below, target.kind, of=target.unit_name, may="请先调低下级的目标,即")


def shown_root(months: Sequence[Decimal] | None) -> dict[str, Any]:
    """What the page of one target's months shows, for the stamp of two editors."""
    return {"months": None if months is None else [str(amount) for amount in months]}


@transaction.atomic
def set_root(*, branch: Branch, year: int, metric: str, months: Sequence[Decimal], by: Person, seen: str = "") -> Target:
    """Set the branch's own target while it is a draft. Raises Overtaken when somebody else saved it since `seen` was shown."""
    Branch.objects.select_for_update(no_key=True).get(pk=branch.pk)
    target = Target.objects.of_year(branch, year).filter(metric=metric, level=Level.BRANCH).select_related("branch").first()
    target = target or Unit(Level.BRANCH, branch).target(year, metric, made_by=by)
    access.require_may_set(by, target)
    before = queries.months_of([target.pk])[target.pk] if target.pk else None
    require_seen(seen, shown_root(before), what=str(target))
    _require_draft(target)
    require_amounts(target, months)
    require_room_for_parts(target, months)
    target.save()
    write_months(target, months)
    note_down(by, "targets.set", target, f"填写{target}", before=before, after=months)
    return target


def _require_draft(target: Target) -> None:
    if target.in_force:
        raise Refusal(f"{target}已生效,不能直接改;请提出变更,由上级同意", code="in_force")


def shown_parts(parts: Mapping[str, Sequence[Decimal]]) -> dict[str, Any]:
    """What the page of a target's parts shows, for the stamp of two editors."""
    return {key: [str(amount) for amount in months] for key, months in parts.items()}


def present_parts(target: Target) -> dict[str, Months]:
    """Key of the unit → its months, as saved."""
    rows = {part.pk: queries.key_of(part) for part in target.parts.all()}
    months = queries.months_of(rows)
    return {key: months[pk] for pk, key in rows.items()}


@transaction.atomic
def set_parts(*, target_id: int, parts: Parts, by: Person, seen: str = "") -> Target:
    """Break a target down: unit key → twelve months, None takes a draft away. A part that isn't named stays as it is.

    Refused when the parts are more than the target in any month, negative, or a part in force would change.
    """
    target = locked(target_id)
    access.require_may_break_down(by, target)
    before = present_parts(target)
    require_seen(seen, shown_parts(before), what=f"{target}的分解")
    units = {unit.key: unit for unit in queries.units_below(target, timezone.localdate())}
    strange = [key for key in parts if key not in units]
    if strange:
        raise Refusal(f"{target.unit_name}下面没有这些单位或人员,请刷新页面后重新分解", code="not_below", items=strange)
    after = _merged(target, before, parts, units)
    whole = queries.months_of([target.pk])[target.pk]
    names = {f"{units[key].name}{key}": months for key, months in after.items()}
    rules.require_within(whole, names, target.kind, of=target.unit_name)
    _write_parts(target, parts, before, units, by)
    note_down(by, "targets.break_down", target, f"分解{target}", before=before, after=after)
    return target


def _merged(target: Target, before: Mapping[str, Months], parts: Parts, units: Mapping[str, Unit]) -> dict[str, Months]:
    """The parts as they would be."""
    after = dict(before)
    for key, months in parts.items():
        if months is None:
            after.pop(key, None)
            continue
        require_amounts(units[key].target(target.year, target.metric), months)
        after[key] = list(months)
    return after


def _write_parts(target: Target, parts: Parts, before: Mapping[str, Months], units: Mapping[str, Unit], by: Person) -> None:
    present = {queries.key_of(part): part for part in target.parts.select_related(*queries.UNITS)}
    for key, months in parts.items():
        part = present.get(key)
        if months is not None and part is not None and list(months) == before[key]:
            continue
        if months is None:
            if part is not None:
                _take_away(part)
            continue
        if part is None:
            _require_free(units[key], target)
            part = units[key].target(target.year, target.metric, parent=target, made_by=by)
        _require_draft(part)
        require_room_for_parts(part, months)
        part.save()
        write_months(part, months)


def _require_free(unit: Unit, target: Target) -> None:
    """Somebody who moved keeps one target; it hangs on the unit it was broken down from."""
    where = {unit.level.value: getattr(unit, unit.level)}
    other = Target.objects.of_year(target.branch, target.year).filter(metric=target.metric, level=unit.level, **where)
    found = other.select_related("parent", "parent__team", "parent__group", "parent__branch").first()
    if found is not None:
        whose = found.parent.unit_name if found.parent is not None else "别处"
        raise Refusal(f"{unit.name}本年的{target.kind.label}目标已经在{whose}里,一人一年一项目标", code="elsewhere")


def _take_away(part: Target) -> None:
    _require_draft(part)
    if part.parts.exists():
        raise Refusal(f"{part}已经分解到下级,请先清空下级的目标", code="has_parts")
    part.delete()


@transaction.atomic
def put_in_force(*, target_id: int, by: Person, seen: str = "") -> Target:
    """下达: a draft takes effect, once the target it is a part of has. Raises Overtaken where `seen` is not what is."""
    target = locked(target_id)
    access.require_may_put(by, target)
    require_seen(seen, shown_root(queries.months_of([target.pk])[target.pk]), what=str(target))
    put([target], by)
    return target


@transaction.atomic
def put_parts(*, target_id: int, by: Person, seen: str = "") -> int:
    """下达 every draft that is a part of this target. Returns how many. Raises Overtaken where `seen` is not what is."""
    parent = locked(target_id)
    require_seen(seen, shown_parts(present_parts(parent)), what=f"{parent}的分解")
    rows = Target.objects.select_for_update(of=("self",)).select_related(*queries.UNITS, "parent")
    drafts = list(rows.filter(parent=parent, state=states.DRAFT))
    if not drafts:
        raise Refusal(f"{parent}没有待下达的分解", code="nothing_to_put")
    for target in drafts:
        access.require_may_put(by, target)
    put(drafts, by)
    return len(drafts)


def put(targets: Sequence[Target], by: Person) -> None:
    """The drafts take effect, each once what it is a part of has; who is to reach one is told. Whoever calls asks who may."""
    for target in targets:
        after = states.TARGET.after(target.state, "put")
        if target.parent is not None and not target.parent.in_force:
            raise Refusal(f"上级的{target.parent}还没有生效,请先下达上级目标", code="parent_draft")
        target.state, target.put_by, target.put_at = after, by, timezone.now()
        target.save(update_fields=["state", "put_by", "put_at"])
        months = queries.months_of([target.pk])[target.pk]
        note_down(by, "targets.put", target, f"下达{target}", months=months)
        if target.person is not None:
            year = rules.shown(rules.year_figure(months, target.kind), target.kind)
            tell(
                [target.person],
                f"{target.year}年{target.kind.label}目标已下达:{year}",
                key=f"targets.put:{target.pk}",
                link=f"/plans/targets/{target.pk}/",
            )


def note_down(by: Person, act: str, target: Target, summary: str, **details: Any) -> None:
    """The audit row of an act on a target."""
    record(by=by, act=act, subject=target, summary=summary, branch_code=target.branch.code, **details)
