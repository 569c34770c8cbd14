"""An approved marketing plan's figures become the team's part of the branch's targets (art. 4: approved, then carried out)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import transaction

from branch.org.models import Branch, Team
from branch.people.models import Person
from kernel.refusals import Refusal
from teams.plans.targets import queries
from teams.plans.targets.actions.breaking import (
    note_down,
    put,
    require_amounts,
    require_room_for_parts,
    write_months,
)
from teams.plans.targets.metrics import METRICS, Level
from teams.plans.targets.models import Target
from teams.plans.targets.queries import Unit


@transaction.atomic
def adopt_plan(*, team: Team, year: int, months: Mapping[str, Sequence[Decimal]], basis: str, by: Person) -> list[str]:
    """Take the plan's figures (metric → twelve months) over as the team's targets; nobody's power is asked, the plan was signed.

    A branch target that is still a draft is raised until its parts fit; one in force is never touched. The team's part is
    in force where the branch's target is. Returns a sentence for each metric that could not be taken over.
    """
    Branch.objects.select_for_update(no_key=True).get(pk=team.branch_id)
    left_out = []
    for metric, amounts in months.items():
        try:
            with transaction.atomic():
                _adopt(Unit(Level.TEAM, team.branch, team).target(year, metric, made_by=by), list(amounts), basis, by)
        except Refusal as refused:
            left_out.append(f"{METRICS[metric].label}:{refused.sentence}")
    return left_out


def _adopt(wanted: Target, months: list[Decimal], basis: str, by: Person) -> None:
    root = _root(wanted.branch, wanted.year, wanted.metric, by)
    same = Target.objects.of_year(wanted.branch, wanted.year).filter(metric=wanted.metric)
    part = same.filter(level=Level.TEAM, team=wanted.team).select_related(*queries.UNITS, "parent").first() or wanted
    before = queries.months_of([part.pk])[part.pk] if part.pk else None
    if before == months:
        return
    if part.in_force:
        raise Refusal("团队目标已经生效,与方案不同;请按目标变更办理", code="in_force")
    require_amounts(part, months)
    require_room_for_parts(part, months)
    part.parent = root
    part.save()
    write_months(part, months)
    _require_or_make_room(root, basis, by)
    note_down(by, "targets.adopt", part, f"按{basis}列入{part}", before=before, after=months)
    if root.in_force:
        put([part], by)


def _root(branch: Branch, year: int, metric: str, by: Person) -> Target:
    """The branch's target, a draft of nothing where there is none yet."""
    found = Target.objects.of_year(branch, year).filter(metric=metric, level=Level.BRANCH).select_related("branch").first()
    if found is None:
        found = Unit(Level.BRANCH, branch).target(year, metric, made_by=by)
        found.save()
    return found


def _require_or_make_room(root: Target, basis: str, by: Person) -> None:
    whole = queries.months_of([root.pk])[root.pk]
    parts = queries.months_of(root.parts.values_list("pk", flat=True)).values()
    needed = [max(own, sum(column, Decimal(0))) for own, column in zip(whole, zip(*parts, strict=True), strict=True)]
    if needed == whole:
        return
    if root.in_force:
        raise Refusal("营业部目标已经生效,各团队之和会超过它;请先变更营业部目标,再分解到团队", code="no_room")
    write_months(root, needed)
    note_down(by, "targets.raise", root, f"按{basis}调高{root}草案", before=whole, after=needed)
