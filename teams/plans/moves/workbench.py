"""What moves and leavings show on the workbench and in the menu, and the registers the room signs in at."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from approvals.requests.kinds import register
from branch.changes import add_listener
from branch.clearance import Binding, add_leaving_source
from branch.exports import register as exports
from branch.people.access import holds
from branch.people.models import Leadership, Person
from branch.people.register import add_departure_guard
from branch.people.roles import Power
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from teams.plans.moves import queries, states
from teams.plans.moves.access import sees_moves
from teams.plans.moves.actions import follow_change, guard_departure
from teams.plans.moves.exports import LEAVINGS, MOVES
from teams.plans.moves.models import Handover, Leaving, Move
from teams.plans.moves.signing import LEAVING, POSTING_MOVE


def to_sign(person: Person) -> Waiting:
    """Handover lists whose next signature is this person's. Counted alike on menu and workbench."""
    return Handover.objects.to_sign(person) if sees_moves(person) else 0


def _binding(person: Person, day: date) -> Iterable[Binding]:
    """A leaver's open move, and what they still lead: a team has one leader every day (art. 7)."""
    led = Leadership.objects.filter(Q(effective_to=None) | Q(effective_to__gt=day), person=person)
    open_moves = Move.objects.open().filter(person=person)
    yield Binding("没有办完的调动", open_moves, reverse("plans:move-list"), "plans", "团队负责人撤销或办完调动")
    who = "人力资源部或交易管理岗更换负责人"
    yield Binding("仍在负责的团队或小组", led, reverse("org-overview"), "plans", who)


def _todos(person: Person) -> Iterable[Todo]:
    if not sees_moves(person):
        return
    today, moves, leavings = timezone.localdate(), reverse("plans:move-list"), reverse("plans:leaving-list")
    signing = reverse("plans:handover-list")
    yield Todo("交接清单待我签字", to_sign(person), signing)
    if holds(person, Power.PLAN_EDIT):
        mine = Handover.objects.visible_to(person).to_arrange()
        yield Todo("交接清单待安排接收人", mine, signing)
        yield Todo("调动日已过,还没有交接完", queries.late_moves(person, today), f"{moves}?state={states.HANDING}", urgent=True)
        yield Todo("离职人员已过最后工作日,还没有办结", queries.late_leavings(person, today), leavings, urgent=True)
        returned = Move.objects.filter(state=states.RETURNED, approval__applicant=person)
        yield Todo("调动被退回,待修改", returned, f"{moves}?state={states.RETURNED}")
    if holds(person, Power.ROSTER_IMPORT):
        signed = Leaving.objects.visible_to(person).filter(state=states.HANDING, handover__completed_at__isnull=False)
        yield Todo("离职交接已签完,待办结", signed, f"{leavings}?state={states.HANDING}")


def sign_in() -> None:
    """Called once when the application starts."""
    register(POSTING_MOVE)
    register(LEAVING)
    add_departure_guard(guard_departure)
    add_listener(follow_change)
    add_leaving_source(_binding)
    exports.register(MOVES, LEAVINGS)
    add_todos(_todos)
    add_menu(MenuItem("teams", "调动与离职", "plans:move-list", sees_moves, to_sign, 30, "人员"))
