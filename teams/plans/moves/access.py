"""Who may plan a move, file and close a leaving, arrange a handover and sign it."""

from __future__ import annotations

from django.db.models import Q

from branch.org.models import Branch, Team
from branch.people.access import has_role, holds, reach, require
from branch.people.models import Person
from branch.people.roles import Power
from branch.staff.access import require_leaving
from kernel.refusals import Forbidden, Refusal
from teams.plans.moves.models import Handover, Leaving, Move


def sees_moves(person: Person) -> bool:
    """Whether there is anything behind the door: the own move or leaving, a list to sign, or others'."""
    return holds(person, Power.PLAN_VIEW) or holds(person, Power.ROSTER_IMPORT) or has_role(person, "client_manager")


def may_plan(person: Person) -> bool:
    return holds(person, Power.PLAN_EDIT)


def may_file(person: Person) -> bool:
    """提出离职: for oneself, or for somebody one leads."""
    return has_role(person, "client_manager") or holds(person, Power.PLAN_EDIT)


def plans_for(person: Person, branch: Branch, team: Team | None) -> bool:
    """Whether the person leads that team or manages the branch."""
    scope = reach(person, Power.PLAN_EDIT)
    return scope.covers_branch(branch) or (team is not None and team.pk in scope.teams)


def require_may_plan(by: Person, person: Person, branch: Branch, team: Team | None) -> None:
    if by.pk == person.pk:
        raise Refusal("不能为自己拟调动,请由团队负责人或营业部经理办理", code="own_move")
    if not plans_for(by, branch, team):
        raise Forbidden(f"{person.name}的调动由其团队负责人或营业部经理拟定,您没有权限", code="forbidden")


def require_may_change(by: Person, move: Move) -> None:
    require_may_plan(by, move.person, move.branch, move.from_team)


def require_may_accept(by: Person, move: Move) -> None:
    """接收团队同意: the leader of the receiving team, or the branch's managers."""
    if by.pk == move.person_id or not plans_for(by, move.branch, move.to_team):
        raise Forbidden(f"由{move.to_team}的负责人同意接收,您没有权限", code="forbidden")


def require_may_file(by: Person, person: Person, branch: Branch, team: Team | None) -> None:
    if by.pk == person.pk:
        return
    if not plans_for(by, branch, team):
        raise Forbidden(f"{person.name}的离职由本人、团队负责人或营业部经理提出,您没有权限", code="forbidden")


def require_may_revise(by: Person, leaving: Leaving) -> None:
    require_may_file(by, leaving.person, leaving.branch, leaving.team)


def require_may_act_for(by: Person, subject: Move | Leaving) -> None:
    """撤回 and 接办 for an applicant who can't: the leader or the managers; never whom it is about, who would take back what
    others began."""
    team = subject.from_team if isinstance(subject, Move) else subject.team
    if by.pk == subject.person_id or not plans_for(by, subject.branch, team):
        raise Forbidden("这份申请由发起人本人、团队负责人或营业部经理办理,您没有权限", code="forbidden")


def require_may_close(by: Person, leaving: Leaving) -> None:
    """办结: who keeps the branch's roster, never the leaver."""
    require_leaving(by, leaving.person, leaving.branch)


def require_may_arrange(by: Person, handover: Handover) -> None:
    """Say who takes which client over, who watches, and begin anew: the giver's leader or the branch's managers."""
    if by.pk == handover.giver_id or not plans_for(by, handover.branch, handover.team):
        raise Forbidden("客户交接由移交人的团队负责人或营业部经理安排,您没有权限", code="forbidden")


def require_may_sign_for_absent(by: Person, handover: Handover) -> None:
    """代签: only of a leaver, only by who manages the branch, and not by a party."""
    if handover.leaving_id is None:
        raise Refusal("调动的交接须由移交人本人签字", code="not_absent")
    require(by, Power.PLAN_EDIT, branch=handover.branch, to="代移交人签字")
    if by.pk in (handover.giver_id, handover.witness_id):
        raise Refusal("代签人不能是移交人或监交人,请改由另一位经理办理,或先更换监交人", code="same_person")


def sees_whole_list(person: Person, handover: Handover) -> bool:
    """A receiver without more reach sees only the own lines."""
    if person.pk in (handover.giver_id, handover.witness_id):
        return True
    scope = reach(person, Power.CLIENT_VIEW)
    return scope.covers_branch(handover.branch) or handover.team_id in scope.teams


def seen_lines(person: Person, handover: Handover) -> Q:
    return Q() if sees_whole_list(person, handover) else Q(receiver=person)
