"""What the targets show on the workbench and in the menu, how they hear of changed figures, and what may be taken away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse
from django.utils import timezone

from branch.clearance import Binding, add_leaving_source
from branch.exports import register as exports
from branch.people.access import has_role, holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, QuickAction, Todo, add_menu, add_quick, add_todos
from clients.registry.register import add_month_guard
from kernel.months import Month
from teams.plans.targets.access import sees_targets
from teams.plans.targets.actions.progress import mark_stale
from teams.plans.targets.exports import PROGRESS, TARGETS
from teams.plans.targets.metrics import Level
from teams.plans.targets.models import DeviationNote, Milestone, TargetChange, TargetMonth


def _views(person: Person) -> bool:
    return holds(person, Power.PLAN_VIEW)


def _own(person: Person) -> bool:
    return has_role(person, "client_manager")


def changes_waiting(person: Person) -> Waiting:
    """Counted alike on menu, workbench and list."""
    return TargetChange.objects.waiting_for(person) if holds(person, Power.TARGET_SET) else 0


def notes_waiting(person: Person) -> Waiting:
    return DeviationNote.objects.waiting_for(person) if sees_targets(person) else 0


def overdue(person: Person) -> Waiting:
    """What is overdue where the person leads, manages or is responsible."""
    return Milestone.objects.visible_to(person).overdue(timezone.localdate()) if sees_targets(person) else 0


def _binding(person: Person, day: date) -> Iterable[Binding]:
    """A leaver's milestones and unanswered notes; figures of later months only tell the leader to break them down anew."""
    milestones, notes = Milestone.objects.open().filter(responsible=person), DeviationNote.objects.asked()
    later = TargetMonth.objects.filter(target__level=Level.PERSON, target__person=person, month__gt=Month.of(day), amount__gt=0)
    listed, told, tree = reverse("plans:milestone-list"), reverse("plans:note-list"), reverse("plans:target-list")
    yield Binding("没有完成的里程碑", milestones, listed, "plans", "本人完成,或团队负责人取消、另定责任人")
    own = notes.filter(target__level=Level.PERSON, target__person=person)
    yield Binding("没有写的偏差说明", own, told, "plans", "本人说明,或团队负责人、经理代为说明")
    yield Binding("以后月份的目标", later, tree, "plans", "团队负责人重新分解", blocks=False)


def _todos(person: Person) -> Iterable[Todo]:
    if not sees_targets(person):
        return
    yield Todo("目标变更待同意", changes_waiting(person), f"{reverse('plans:change-list')}?waiting=1")
    yield Todo("目标落后,待写偏差说明", notes_waiting(person), f"{reverse('plans:note-list')}?state=asked")
    yield Todo("里程碑逾期", overdue(person), f"{reverse('plans:milestone-list')}?standing=overdue", urgent=True)


def sign_in() -> None:
    """Called once when the application starts."""
    add_month_guard(mark_stale)
    add_leaving_source(_binding)
    exports.register(TARGETS, PROGRESS)
    add_todos(_todos)
    add_quick(QuickAction("我的目标进度", "plans:my-progress", "target", _own, 15))
    add_menu(
        MenuItem("teams", "目标", "plans:target-list", sees_targets, None, 10, "目标"),
        MenuItem("teams", "目标变更", "plans:change-list", sees_targets, changes_waiting, 11, "目标"),
        MenuItem("teams", "部门收入目标", "plans:income-list", _views, None, 12, "目标"),
        MenuItem("teams", "目标进度", "plans:progress", _views, None, 13, "目标"),
        MenuItem("teams", "我的进度", "plans:my-progress", _own, None, 14, "目标"),
        MenuItem("teams", "偏差说明", "plans:note-list", sees_targets, notes_waiting, 15, "目标"),
        MenuItem("teams", "里程碑", "plans:milestone-list", sees_targets, overdue, 16, "目标"),
    )
