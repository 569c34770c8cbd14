"""What the work logs show on the workbench and in the menu."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils import timezone

from branch.exports import register as exports
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, QuickAction, Todo, add_menu, add_quick, add_todos
from teams.plans.logs.access import keeps_log
from teams.plans.logs.duties import still_open
from teams.plans.logs.exports import LOG_MONTHS, WORK_LOGS
from teams.plans.logs.models import LogCheck, WorkLog
from teams.plans.logs.states import RETURNED


def _checks(person: Person) -> bool:
    return holds(person, Power.LOG_CHECK)


def _views(person: Person) -> bool:
    return holds(person, Power.PLAN_VIEW)


def checks_waiting(person: Person) -> Waiting:
    """Counted alike on menu, workbench and list."""
    return LogCheck.objects.waiting_for(person) if _checks(person) else 0


def returned(person: Person) -> Waiting:
    return WorkLog.objects.filter(person=person, state=RETURNED) if keeps_log(person) else 0


def _todos(person: Person) -> Iterable[Todo]:
    if keeps_log(person):
        days = still_open(person, timezone.now())
        first = days[0] if days else timezone.localdate()
        yield Todo("工作日志待填", len(days), f"{reverse('plans:log-write')}?day={first}", urgent=len(days) > 1)
        yield Todo("工作日志被退回,待修改", returned(person), reverse("plans:my-logs"), urgent=True)
    if _checks(person):
        yield Todo("日志待抽查", checks_waiting(person), f"{reverse('plans:log-checks')}?waiting=1")


def sign_in() -> None:
    """Called once when the application starts."""
    exports.register(LOG_MONTHS, WORK_LOGS)
    add_todos(_todos)
    add_quick(QuickAction("写日志", "plans:log-write", "edit", keeps_log, 5))
    add_menu(
        MenuItem("teams", "我的日志", "plans:my-logs", keeps_log, returned, 20, "日常"),
        MenuItem("teams", "工作日志", "plans:log-board", _views, None, 21, "日常"),
        MenuItem("teams", "日志抽查", "plans:log-checks", _views, checks_waiting, 22, "日常"),
    )
