"""Who may set, put in force, change and see targets: the branch's and the teams' are the branch manager's; a group's and a
person's are the team leader's; a group leader breaks down within the group."""

from __future__ import annotations

from django.utils import timezone

from branch.org.models import Branch, Team
from branch.people.access import has_role, holds, reach, require_another
from branch.people.choices import branches_of
from branch.people.models import Person
from branch.people.queries import has_left
from branch.people.roles import Power
from branch.rest.places import chosen
from kernel.refusals import Forbidden, Refusal
from teams.plans.moves.queries import is_leaving
from teams.plans.targets.metrics import Level
from teams.plans.targets.models import DeviationNote, IncomePlan, Milestone, Target, TargetChange

UPPER = (Level.BRANCH, Level.TEAM)


def require_may_set(person: Person, target: Target) -> None:
    """Set a draft, or want a change. `target` may be one that is only about to be made."""
    scope = reach(person, Power.TARGET_SET)
    whole = scope.company or target.branch_id in scope.branches
    team = target.level not in UPPER and target.team_id in scope.teams
    group = target.level == Level.PERSON and target.group_id in scope.groups
    if not (whole or team or (group and target.group_id)):
        raise Forbidden(f"{target.unit_name}的目标由上一级分解,您没有权限填写或变更", code="forbidden")


def require_may_break_down(person: Person, target: Target) -> None:
    """Set the parts of a target: whoever sets them."""
    scope = reach(person, Power.TARGET_SET)
    whole = scope.company or target.branch_id in scope.branches
    team = target.level != Level.BRANCH and target.team_id in scope.teams
    group = target.level == Level.GROUP and target.group_id in scope.groups
    if target.level == Level.PERSON or not (whole or team or group):
        raise Forbidden(f"您没有权限分解{target.unit_name}的目标", code="forbidden")


def require_may_put(person: Person, target: Target) -> None:
    """Put in force, or agree to a change: the superior of whose target it is."""
    scope = reach(person, Power.TARGET_SET)
    whole = scope.company or target.branch_id in scope.branches
    if not (whole or (target.level not in UPPER and target.team_id in scope.teams)):
        who = "营业部经理" if target.level in UPPER else "团队负责人"
        raise Forbidden(f"{target.unit_name}的目标由{who}下达", code="forbidden")


def require_may_decide(person: Person, change: TargetChange) -> None:
    """A second person, who is the superior."""
    require_may_put(person, change.target)
    require_another(person, change.proposed_by, act="同意目标变更", power=Power.TARGET_SET)


def require_may_withdraw(person: Person, change: TargetChange) -> None:
    if person.pk != change.proposed_by_id:
        raise Forbidden("目标变更由提出人撤回", code="forbidden")


def require_may_plan_income(person: Person, branch: Branch) -> None:
    if not reach(person, Power.TARGET_SET).covers_branch(branch):
        raise Forbidden(f"您没有权限填写{branch.name}的部门收入目标", code="forbidden")


def require_may_put_income(person: Person, plan: IncomePlan) -> None:
    """Another person than who wrote it."""
    require_may_plan_income(person, plan.branch)
    require_another(person, plan.made_by, act="部门收入目标生效", power=Power.TARGET_SET)


def require_may_answer(person: Person, note: DeviationNote) -> None:
    """Whose target it is; for who leaves or has left (代) the leader or the managers, else the note would bind for ever."""
    if DeviationNote.objects.of(person).filter(pk=note.pk).exists():
        return
    target, scope = note.target, reach(person, Power.TARGET_SET)
    above = scope.covers_branch(target.branch) or target.team_id in scope.teams
    if target.person is None or not above or not (is_leaving(target.person) or has_left(target.person, timezone.localdate())):
        raise Forbidden(f"{target.unit_name}的偏差说明由其责任人填写", code="forbidden")


def require_may_plan(person: Person, milestone: Milestone) -> None:
    """Enter or drop a milestone of a team, or (without one) of the branch."""
    scope = reach(person, Power.PLAN_EDIT)
    if not (scope.company or milestone.branch_id in scope.branches or (milestone.team_id in scope.teams and milestone.team_id)):
        where = milestone.team.name if milestone.team is not None else milestone.branch.name
        raise Forbidden(f"您没有权限维护{where}的里程碑", code="forbidden")


def require_may_finish(person: Person, milestone: Milestone) -> None:
    """Who is responsible says that it is done, or who may enter it."""
    if person.pk != milestone.responsible_id:
        require_may_plan(person, milestone)


def sees_targets(person: Person) -> bool:
    """Whether there is anything behind the door: a client manager has the own targets."""
    return holds(person, Power.PLAN_VIEW) or has_role(person, "client_manager")


def imports_targets(person: Person) -> bool:
    """A file of targets is a team's or the branch's, or holds the people of the group that one leads."""
    return holds(person, Power.TARGET_SET)


def import_groups(person: Person, branch: Branch, team: Team | None) -> frozenset[int] | None:
    """The groups to which the person's files are bound; None: the whole team (without one, the branch). Raises Forbidden."""
    scope = reach(person, Power.TARGET_SET)
    if scope.covers_branch(branch) or (team is not None and team.pk in scope.teams):
        return None
    if team is None or not team.groups.filter(pk__in=scope.groups).exists():
        raise Forbidden(f"您没有权限导入{team.name if team else branch.name}的目标", code="forbidden")
    return scope.groups


def branches_for(person: Person) -> list[Branch]:
    """Branches whose targets the person may open, whole or in part; a client manager's own by the engagement."""
    found = branches_of(person, Power.PLAN_VIEW)
    if found:
        return found
    if "_target_branches" not in person.__dict__:  # a page asks several times, and the person lives as long as its request
        own = Branch.objects.filter(engagements__person=person).distinct().order_by("code")
        person.__dict__["_target_branches"] = list(own)
    kept: list[Branch] = person.__dict__["_target_branches"]
    return kept


def require_branch(person: Person, code: str) -> Branch:
    """The branch of that code among those the person has; without a code the first. Raises Unknown."""
    return chosen(branches_for(person), code)


def require_reason(reason: str, what: str) -> str:
    """A reason that says something. Raises Refusal."""
    if not reason.strip():
        raise Refusal(f"请写明{what}", code="reason_missing")
    return reason.strip()
