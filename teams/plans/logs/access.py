"""Who keeps a log, who sees it, who checks it: the team leader draws and checks (art. 5(1)), or the branch's managers."""

from __future__ import annotations

from branch.org.models import Team
from branch.people.access import has_role, holds, reach, require_another
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden
from teams.plans.logs.models import LogCheck


def keeps_log(person: Person) -> bool:
    return has_role(person, "client_manager")


def sees_logs(person: Person) -> bool:
    """Whether there is anything behind the door: the own logs, or others'."""
    return keeps_log(person) or holds(person, Power.PLAN_VIEW)


def require_may_draw(person: Person, team: Team) -> None:
    scope = reach(person, Power.LOG_CHECK)
    if not (scope.company or team.pk in scope.teams or team.branch_id in scope.branches):
        raise Forbidden(f"{team.name}的日志由团队负责人抽查", code="forbidden")


def require_may_check(person: Person, check: LogCheck) -> None:
    """The leader of the log's team or the branch's managers; nobody the own log."""
    scope = reach(person, Power.LOG_CHECK)
    if not (scope.company or check.log.team_id in scope.teams or check.log.branch_id in scope.branches):
        raise Forbidden("这份日志由其团队负责人抽查", code="forbidden")
    require_another(person, check.log.person, act="抽查日志", power=Power.LOG_CHECK)
