"""What the branch's own rooms sign in at the registers: menu, quick actions, to-dos, the guideline's screens."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.db.models import Exists
from django.urls import reverse
from django.utils import timezone

from branch.calendar.queries import holidays_of
from branch.calendar.rules import years_due
from branch.exports import actions as exports
from branch.exports.exports import JOBS
from branch.exports.register import register
from branch.guideline.register import carry_out
from branch.jobs import register as jobs
from branch.jobs.models import Job
from branch.notices.queries import unread_of
from branch.parameters.queries import waiting_for
from branch.people.access import holds
from branch.people.models import Person
from branch.people.queries import expiring, people_visible_to
from branch.people.roles import Power
from branch.roster import uploads
from branch.staff.exports import PEOPLE
from branch.trail.exports import AUDIT
from branch.workbench.register import MenuItem, QuickAction, Todo, add_menu, add_quick, add_todos


def having(*powers: Power) -> Callable[[Person], bool]:
    """Whether a person holds one of the powers."""
    return lambda person: any(holds(person, power) for power in powers)


def anybody(person: Person) -> bool:
    return True


def todos(person: Person) -> Iterator[Todo]:
    """Proposals to confirm, contracts that end, jobs that failed."""
    if holds(person, Power.PARAMETER_CONFIRM):
        yield Todo("待确认的参数提议", waiting_for(person), reverse("parameter-list"))
    if holds(person, Power.ROSTER_IMPORT):
        due = expiring(people_visible_to(person), timezone.localdate())
        yield Todo("合同 30 天内到期或已到期", due, f"{reverse('person-list')}?contract=expiring", urgent=True)
    if holds(person, Power.CALENDAR_EDIT):
        for year in years_due(timezone.localdate()):
            missing = Person.objects.filter(pk=person.pk).exclude(Exists(holidays_of(year)))  # one row while they are missing
            yield Todo(f"{year} 年的放假安排还没有录入日历", missing, reverse("calendar-year", args=[year]), urgent=True)
    running = Job.objects.filter(owner=person, state__in=(Job.State.QUEUED, Job.State.RUNNING))
    yield Todo("我的任务正在进行", running, reverse("job-list"))


def sign_in() -> None:
    """Called once, when the app is ready."""
    jobs.register(exports.JOB, exports.make, stopped=exports.stopped)
    jobs.add_monthly(uploads.expire)
    register(PEOPLE, AUDIT, JOBS)
    add_todos(todos)
    add_menu(
        MenuItem("workbench", "工作台", "home", anybody, order=1),
        MenuItem("workbench", "消息", "notice-list", anybody, badge=unread_of, order=2),
        MenuItem("workbench", "任务中心", "job-list", anybody, order=3),
        MenuItem("workbench", "我的导出", "export-list", anybody, order=3),
        MenuItem("workbench", "我的资料", "me", anybody, order=4),
        MenuItem("workbench", "管理指引", "guideline", anybody, order=5),
        MenuItem("settings", "组织", "org-overview", having(Power.ORG_VIEW), order=10),
        MenuItem("settings", "人员", "person-list", having(Power.PEOPLE_VIEW), order=11),
        MenuItem("settings", "参数", "parameter-list", having(Power.PARAMETER_VIEW), order=12),
        MenuItem("settings", "日历", "calendar", anybody, order=13),
        MenuItem("settings", "审计日志", "audit-list", having(Power.AUDIT_VIEW), order=14),
    )
    add_quick(
        QuickAction("导入名册", "roster-import", "users-plus", having(Power.ROSTER_IMPORT), order=10),
        QuickAction("查看参数", "parameter-list", "adjustments", having(Power.PARAMETER_PROPOSE), order=60),
        QuickAction("授予角色", "person-list", "shield-lock", having(Power.ROLE_GRANT), order=60),
        QuickAction("审计日志", "audit-list", "history", having(Power.AUDIT_VIEW), order=70),
    )
    carry_out(7, "组织与历任负责人", "org-overview")
    carry_out(19, "人员与合同", "person-list")
