"""The board's place: the first of the team's menu, and the first thing on the workbench of whoever leads a team or group."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from branch.people.access import holdings_on
from branch.people.models import Person
from branch.workbench.register import MenuItem, QuickAction, Tile, add_menu, add_quick, add_tiles
from teams.plans.board.access import sees_board

LEADERS = ("team_leader", "group_leader")


def _tiles(person: Person) -> Iterable[Tile]:
    """One for a leader, whatever the number of teams: the board itself lets choose."""
    led = [held.team or held.group for held in holdings_on(person) if held.role in LEADERS]
    names = [unit.name for unit in led if unit is not None]
    if names:
        yield Tile("、".join(names), "团队看板", "每个人的进度,谁落后、为什么", reverse("plans:board"), 1)


def sign_in() -> None:
    """Called once when the application starts."""
    add_tiles(_tiles)
    add_quick(QuickAction("团队看板", "plans:board", "users", sees_board, 1))
    add_menu(MenuItem("teams", "团队看板", "plans:board", sees_board, None, 1))
