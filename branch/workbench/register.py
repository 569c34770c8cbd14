"""The register of to-dos: an upper app signs in at `AppConfig.ready()`; workbench, menu and bell count from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from branch.people.models import Person
from branch.workbench.counting import MOST_SHOWN, Waiting, counted


@dataclass(frozen=True)
class Todo:
    """What waits for a person: a sentence, how many (or the rows to count), the filtered list it opens. `urgent`: overdue.

    `branch`: the name of the one it waits in, for who has the same to do in several.
    """

    label: str
    count: Waiting
    url: str
    urgent: bool = False
    branch: str = ""


@dataclass(frozen=True)
class Tile:
    """A figure of the month on the workbench: label, value as shown, a hint, and where it leads."""

    label: str
    value: str
    hint: str = ""
    url: str = ""
    order: int = 50


@dataclass(frozen=True)
class MenuItem:
    """A place in the left menu. `section` is one of SECTIONS' codes; `visible` tells whether the person may open it; `heading`
    is one of HEADINGS, under which places next to each other stand."""

    section: str
    label: str
    url_name: str
    visible: Callable[[Person], bool]
    badge: Callable[[Person], Waiting] | None = None
    order: int = 50
    heading: str = ""

    @property
    def key(self) -> str:
        """The place's name inside a page's ids."""
        return self.url_name.replace(":", "-")


@dataclass(frozen=True)
class QuickAction:
    """A frequent act offered on the workbench. `icon` names a symbol of the sprite."""

    label: str
    url_name: str
    icon: str
    visible: Callable[[Person], bool]
    order: int = 50


SECTIONS: dict[str, tuple[str, str]] = {  # code: (label, icon), in the guideline's order
    "workbench": ("工作台", "home"),
    "approvals": ("审批中心", "checklist"),
    "teams": ("团队", "users"),
    "clients": ("客户", "address-book"),
    "payroll": ("薪酬与考核", "cash"),
    "archives": ("档案", "archive"),
    "settings": ("设置", "settings"),
}

HEADINGS: dict[str, range] = {  # within a section with many places; `order` of what stands under each
    "计划": range(4, 10),
    "目标": range(10, 20),
    "日常": range(20, 30),
    "人员": range(30, 40),
    "报告": range(40, 50),
}

MOST_BRANCHES = 3
"""A to-do that waits in more branches than these is told in one line."""

_todos: list[Callable[[Person], Iterable[Todo]]] = []
_tiles: list[Callable[[Person], Iterable[Tile]]] = []
_menu: list[MenuItem] = []
_quick: list[QuickAction] = []


def add_todos(source: Callable[[Person], Iterable[Todo]]) -> None:
    """Sign in a source of to-dos."""
    if source not in _todos:
        _todos.append(source)


def add_tiles(source: Callable[[Person], Iterable[Tile]]) -> None:
    """Sign in a source of figures for the workbench."""
    if source not in _tiles:
        _tiles.append(source)


def add_menu(*items: MenuItem) -> None:
    """Sign in places of the left menu."""
    _menu.extend(item for item in items if item not in _menu)


def add_quick(*actions: QuickAction) -> None:
    """Sign in quick actions of the workbench."""
    _quick.extend(action for action in actions if action not in _quick)


def todos_for(person: Person) -> list[Todo]:
    """Everything that waits for the person, urgent first; sources with nothing are silent."""
    told = [todo for source in _todos for todo in source(person)]
    counts = counted([todo.count for todo in told])
    found = _by_branch([(todo, count) for todo, count in zip(told, counts, strict=True) if count])
    return sorted(found, key=lambda todo: not todo.urgent)


def _by_branch(told: list[tuple[Todo, int]]) -> Iterator[Todo]:
    """What waits in a few branches is told of each; what waits in many is one line that counts all and opens the first."""
    alike: dict[tuple[str, str], list[tuple[Todo, int]]] = {}
    for todo, count in told:
        alike.setdefault((todo.label, "" if todo.branch else todo.url), []).append((todo, count))
    for same in alike.values():
        first, _ = same[0]
        if first.branch and len(same) > MOST_BRANCHES:
            label = f"{first.label}({len(same)} 个营业部,首先是{first.branch})"
            yield replace(first, label=label, count=sum(count for _, count in same), urgent=any(todo.urgent for todo, _ in same))
            continue
        for todo, count in same:
            yield replace(todo, label=f"{todo.label}({todo.branch})" if todo.branch else todo.label, count=count)


def tiles_for(person: Person) -> list[Tile]:
    return sorted((tile for source in _tiles for tile in source(person)), key=lambda tile: tile.order)


def menu_for(person: Person) -> list[MenuItem]:
    return sorted((item for item in _menu if item.visible(person)), key=lambda item: item.order)


def counts_for(person: Person) -> tuple[dict[str, int], dict[str, int]]:
    """What waits behind each place of the person's menu that counts something, by place and by section; above MOST_SHOWN no
    further."""
    items = [item for item in menu_for(person) if item.badge is not None]
    counts = counted([item.badge(person) for item in items if item.badge is not None], most=MOST_SHOWN)
    sections: dict[str, int] = {}
    for item, count in zip(items, counts, strict=True):
        sections[item.section] = sections.get(item.section, 0) + count
    return {item.key: count for item, count in zip(items, counts, strict=True)}, sections


def quick_for(person: Person) -> list[QuickAction]:
    return sorted((action for action in _quick if action.visible(person)), key=lambda action: action.order)
