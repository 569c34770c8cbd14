"""Whatever file an address hands out, who took it stands in the log. What leaves unlogged is listed here, with the reason.

Files leave by `branch.files.responses.attachment` alone, so the addresses that hand one out are found in the source. Each is
asked as somebody who may; one that can't be brought to hand its file out fails as well.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from branch.audit.models import AuditRow
from branch.exports.actions import ask
from branch.org.models import Branch, Team
from branch.people.models import Person
from branch.roster.uploads import keep_upload
from teams.plans.targets.actions import check_sheet
from tests.branch.roster.test_actions import changed
from tests.house.matrix import PEOPLE, World, build
from tests.house.matrix_rows import objects_of, roles_of
from tests.house.matrix_things import TARGETS_FILE
from tests.house.test_doors import NAMED
from tests.house.test_matrix import ROSTER
from tests.house.test_matrix import TABLE as PAGES
from tests.house.test_matrix_api import TABLE as ENDPOINTS
from tests.house.test_matrix_api import address_of

View = Callable[..., Any]

ROOT = Path(settings.BASE_DIR)
DOOR = ROOT / "branch" / "files" / "responses.py"
SENDS = re.compile(r"(?<!def )\battachment\(")
ANOTHER_WAY = re.compile(r"\bFileResponse\b|\bStreamingHttpResponse\b|Content-Disposition")
BLANK = "a blank form: columns and no row"
STAFF = "names and staff numbers that its taker's pages list, each beside an empty row; no figure, nothing personal"
SCHEME = "rules, shown to the same persons on their page; nobody's name, nobody's pay"
UNLOGGED = {
    "roster-template": BLANK,
    "api:roster-template get": BLANK,
    "clients:import-template": BLANK,
    "api:import-template get": BLANK,
    "payroll:opening-template": STAFF,
    "api:opening-template get": STAFF,
    "payroll:input-template": STAFF,
    "api:input-template get": STAFF,
    "payroll:scheme-file": SCHEME,
}


def _views() -> Iterator[tuple[str, View]]:
    """Every page by its name and every endpoint as `api:run-list get`, with the function that answers."""
    for name, pattern in sorted(NAMED.items()):
        if name.startswith("api:"):
            yield from ((f"{name} {method}", one.handle) for method, one in pattern.callback.cls.endpoints.items())
        else:
            yield name, inspect.unwrap(pattern.callback)


SENDERS: dict[str, View] = {key: view for key, view in _views() if SENDS.search(inspect.getsource(view))}


def _sources() -> Iterator[tuple[Path, str]]:
    for app in ("branch", "approvals", "archives", "clients", "teams", "payroll", "config"):
        yield from ((path, path.read_text()) for path in sorted((ROOT / app).rglob("*.py")) if path != DOOR)


def test_a_file_leaves_by_the_one_answer_and_only_from_a_view_itself() -> None:
    """One sent by a helper would hide its addresses from what follows."""
    assert not [str(path) for path, text in _sources() if ANOTHER_WAY.search(text)]
    written = sum(len(SENDS.findall(text)) for _, text in _sources())
    assert written == sum(len(SENDS.findall(inspect.getsource(view))) for view in set(SENDERS.values()))


def _an_export(by: Person) -> dict[str, Any]:
    return {"export": ask(kind="clients", query=QueryDict(""), by=by, at_once=True).pk}


def _a_roster_with_a_mistake(by: Person) -> dict[str, Any]:
    bad = changed(lambda rows: rows["600101"].update(手机号="131"))
    return {"file": keep_upload(SimpleUploadedFile("名册.xlsx", bad), by).pk}


def _targets_with_a_mistake(by: Person) -> dict[str, Any]:
    content = f"{TARGETS_FILE}699999,无此人,新开户数,{','.join(['1'] * 12)}\n".encode()
    branch = Branch.objects.get(code="0755FT")
    team = Team.objects.get(branch=branch, name="营销一队")
    return {"target_sheet": check_sheet(content=content, name="x.csv", branch=branch, team=team, year=2026, by=by).pk}


# What the world has no file of: who makes one beforehand, and how. Undone after it.
SCENES: dict[str, tuple[str, Callable[[Person], dict[str, Any]]]] = {
    "export": ("trade_admin", _an_export),
    "file": ("trade_admin", _a_roster_with_a_mistake),
    "target_sheet": ("team_leader", _targets_with_a_mistake),
}


@dataclass(frozen=True)
class Taken:
    """What came of asking for a file: the status, whether it was a file, who asked and what stands in the log since."""

    status: int
    is_file: bool
    person: Person
    rows: tuple[AuditRow, ...] = ()


def asked(world: World, key: str) -> Taken:
    """The file, as the first who gets it. What was written is undone."""
    row = (ENDPOINTS if key in ENDPOINTS else PAGES)[key]
    for role in sorted(roles_of(row), key=list(PEOPLE).index):
        with transaction.atomic():
            there = _set_up(world, row)
            last = AuditRow.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            answer = there.here[role].get(_address(there, key, row))
            rows = tuple(AuditRow.objects.filter(pk__gt=last))
            found = Taken(answer.status_code, "Content-Disposition" in answer, there.people["here", role], rows)
            transaction.set_rollback(True)
        if found.is_file:
            return found
    return found


def _set_up(world: World, row: dict[str, Any]) -> World:
    made = {}
    for thing in set(row.get("args", {}).values()) & set(SCENES):
        role, scene = SCENES[thing]
        made |= scene(world.people["here", role])
    return replace(world, things={**world.things, **made})


def _address(world: World, key: str, row: dict[str, Any]) -> str:
    page = key not in ENDPOINTS
    address = reverse(key, kwargs=objects_of(row, world)) if page else address_of(world.things, key, row)
    return f"{address}{ROSTER}&sheet=客户经理" if "roster-errors" in key else address


def fault(key: str, taken: Taken) -> str:
    """What is wrong with it; empty where nothing is."""
    if not taken.is_file:
        return f"{key}: no file, but {taken.status}: give it a scene"
    rows = [row for row in taken.rows if row.actor_id == taken.person.pk and row.summary and row.subject_id]
    if key in UNLOGGED:
        return f"{key}: is logged, and should leave the list" if rows else ""
    return "" if rows else f"{key}: left without a row of the log"


@pytest.mark.slow
@pytest.mark.django_db
def test_every_file_that_is_handed_out_stands_in_the_log() -> None:
    world = build()
    assert set(UNLOGGED) <= set(SENDERS)
    assert len(SENDERS) > len(UNLOGGED)
    found = [fault(key, asked(world, key)) for key in SENDERS]
    assert not any(found), "\n".join(filter(None, found))


def test_the_judgement_can_fail() -> None:
    person, other = Person(pk=1), Person(pk=2)
    row = AuditRow(actor_id=1, act="x", summary="下载x", subject_id="1")
    logged, blank = "plans:expense-paper", "roster-template"
    assert not fault(logged, Taken(200, True, person, (row,)))
    assert fault(logged, Taken(200, True, person))
    assert fault(logged, Taken(200, True, other, (row,))), "who took it is somebody else"
    assert fault(logged, Taken(409, False, person))
    assert not fault(blank, Taken(200, True, person))
    assert fault(blank, Taken(200, True, person, (row,))), "an exception that is none any more"
    assert SENDS.search("return attachment(*actions.open_paper())")
    assert not SENDS.search("actions.open_attachment(number=number)")
    assert ANOTHER_WAY.search('answer["Content-Disposition"] = "attachment"')
