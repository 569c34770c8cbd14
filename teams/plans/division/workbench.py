"""What divisions show on the workbench and in the menu, the kind of approval they sign in, and what binds a leaver."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from approvals.requests.kinds import register
from branch.clearance import add_leaving_source
from branch.exports import register as exports
from branch.people.models import Person
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from teams.plans.division.access import proposes, sees_clients
from teams.plans.division.exports import DIVISIONS
from teams.plans.division.models import DivisionProposal
from teams.plans.division.queries import shared_by_leaver
from teams.plans.division.signing import CLIENT_DIVISION


def unanswered(person: Person) -> Waiting:
    """Counted alike on menu, workbench and list."""
    return DivisionProposal.objects.waiting_for(person) if sees_clients(person) else 0


def _returned(person: Person) -> Waiting:
    return DivisionProposal.objects.returned_to(person) if proposes(person) else 0


def _todos(person: Person) -> Iterable[Todo]:
    page = reverse("plans:proposal-list")
    yield Todo("客户分工待您确认", unanswered(person), f"{page}?waiting=1")
    yield Todo("分工申请被退回,待修改", _returned(person), page)


def sign_in() -> None:
    """Called once when the application starts."""
    register(CLIENT_DIVISION)
    exports.register(DIVISIONS)
    add_leaving_source(shared_by_leaver)
    add_todos(_todos)
    add_menu(MenuItem("teams", "分工协作", "plans:division-list", sees_clients, unanswered, 31, "人员"))
