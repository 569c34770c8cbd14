"""Every address that takes a form, sent one that is filled: who may is never answered by a fault, and somebody's is done; who may
not is refused as the table says, and nothing is written.

A page is sent its own form, as it shows it to who may; what only takes forms gets what stands in tests/tables/matrix_posts.yaml.
Where the matrix's world has nothing to do for an address, tests/house/scenes sets it up before, and it is undone after.
The same forms name the demo branch's team, people and months: sent by who holds the power elsewhere, they write nothing, either.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from branch.org.models import Branch
from tests.house.matrix import World, build
from tests.house.matrix_posts import Form, Sent, give_passwords, own_form, send, writing
from tests.house.matrix_rows import ALLOWED, admitted, denial_of, objects_of, variants
from tests.house.scenes import SCENES, set_up
from tests.house.test_doors import NAMED
from tests.house.test_matrix import TABLE, _query, _room

TABLES = Path(settings.BASE_DIR) / "tests" / "tables"
POSTS: dict[str, Any] = yaml.safe_load((TABLES / "matrix_posts.yaml").read_text())
BODIES, SENDERS, ROWS = POSTS["bodies"], POSTS["senders"], POSTS["rows"]
SILENT, REFUSED = set(POSTS["silent"]), set(POSTS["refused"])
DONE = (200, 204, 302)
ANSWERED = (*DONE, 409, 422)
OF_A_TEAM = ("team", "person", "responsible", "to_group", "clients")  # fields that name something of the owner's team
OF_A_BRANCH = (*OF_A_TEAM, "branch", "run", "outlet")  # or of the demo branch
FOREIGN: dict[str, tuple[str, ...]] = {"here": (), "next_door": OF_A_TEAM, "elsewhere": OF_A_BRANCH}
ENOUGH = 3  # of those who may at a place, once one of them has done it: the matrix itself tries them all


def test_the_table_names_addresses_that_there_are() -> None:
    assert {*BODIES, *SENDERS, *ROWS, *SILENT, *REFUSED, *SCENES} <= set(TABLE)


def _sent(world: World, name: str, row: dict[str, Any], address: str) -> dict[str, Any] | None:
    """The filled form for that address; None where it takes none."""
    given, blank = BODIES.get(name, {}), {**POSTS["common"], **BODIES.get(name, {})}
    first = next((role for role in world.here if role in SENDERS.get(name, ALLOWED["here"](row))), "")
    browser = world.here.get(POSTS["shown_to"].get(name, first))
    if row.get("method") == "post" or browser is None:
        return blank
    answer = _undone(lambda: browser.get(address))
    if answer.status_code == 405:
        return blank
    if answer.status_code >= 400:  # nothing to show as things stand: whatever it is sent must stand under `refused`
        return None if _takes_no_form(browser, address) else blank
    if answer.status_code != 200 or "html" not in answer.get("Content-Type", ""):
        return None
    own = own_form(answer.content.decode(), address.split("?", maxsplit=1)[0], fill=name not in POSTS["as_shown"])
    return None if own is None else {field: value for field, value in {**own, **given}.items() if value is not None}


def _undone(ask: Callable[[], Any]) -> Any:
    with transaction.atomic():
        answer = ask()
        transaction.set_rollback(True)
    return answer


def _takes_no_form(browser: Client, address: str) -> bool:
    return bool(_undone(lambda: browser.post(address)).status_code == 405)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted({_room(name) for name, row in TABLE.items() if row["roles"] != "public"}))
def test_a_filled_form_meets_what_the_table_says(room: str) -> None:
    built = build()
    give_passwords(built)
    wrong, undone = [], set()
    names = [name for name, row in TABLE.items() if _room(name) == room and row["roles"] != "public"]
    for name in names:
        with set_up(built, name) as world:
            of_table = {**TABLE[name], **ROWS.get(name, {})}
            row = next((one for one in variants(of_table) if one["roles"]), of_table)
            address = reverse(name, kwargs=objects_of(row, world)) + _query(name, row)
            if (sent := _sent(world, name, row, address)) is not None:
                found, done = _tried(world, name, row, Form(address, sent))
                wrong += found
                undone |= set() if done else {name}
    assert not wrong, "\n".join(wrong)
    assert undone - REFUSED == set(), "who may does nothing there: fill the form, or set up a scene (tests/house/scenes)"
    assert REFUSED & set(names) - undone == set(), "it is done by now: take it off `refused`"


def _tried(world: World, name: str, row: dict[str, Any], form: Form) -> tuple[list[str], bool]:
    """What is wrong, and whether somebody who may has done it."""
    found, at_the_door, done, door = [], False, False, NAMED[name].callback.door
    for place, browsers in world.places():
        readers, enough = ALLOWED[place](row), ENOUGH
        senders = readers & set(SENDERS.get(name, readers))
        for role, browser in browsers.items():
            inside = admitted(world, door, place, role)
            denial = None if role in senders else 403 if role in readers else denial_of(row, place, role, admitted=inside)
            if (denial is not None and not inside and at_the_door) or (denial is None and enough <= 0 and done):
                continue
            at_the_door |= not inside
            enough -= denial is None
            answer = send(browser, form, world.things)
            done |= denial is None and (answer.status in DONE if name in SILENT else bool(answer.written))
            foreign = any(form.sent.get(one) for one in FOREIGN[place])
            if name in SILENT and answer.written:
                found.append(f"{name} as {role} {place}: wrote {sorted(set(answer.written))}: it is not silent")
            if wrong := _wrong(answer, denial, foreign=foreign, open_end=name in REFUSED):
                found.append(f"{name} as {role} {place}: {wrong}")
    return found, done


def _wrong(answer: Sent, denial: int | None, *, foreign: bool, open_end: bool) -> str:
    """What is wrong with the answer; '' for nothing. What is named and foreign, or not there to be acted on, may be unknown."""
    unknown = (404,) if foreign or open_end else ()
    if answer.status not in (*ANSWERED, *unknown) if denial is None else answer.status != denial:
        return f"{answer.status}, should be {denial or 'answered'}"
    if answer.written and (denial is not None or foreign):
        return f"{answer.status}, and wrote {sorted(set(answer.written))}"
    return ""


def test_the_judgement_can_fail() -> None:
    at = {"foreign": False, "open_end": False}
    assert _wrong(Sent(500, []), None, **at)
    assert _wrong(Sent(404, []), None, **at)
    assert _wrong(Sent(302, ["x"]), 404, **at)
    assert _wrong(Sent(404, ["x"]), 404, **at)
    assert _wrong(Sent(302, ["x"]), None, foreign=True, open_end=False)
    assert not _wrong(Sent(302, ["x"]), None, **at)
    assert not _wrong(Sent(404, []), 404, **at)
    assert not _wrong(Sent(404, []), None, foreign=True, open_end=False)


def test_a_form_is_read_as_a_person_would_fill_it() -> None:
    page = """<form method="get"><input name="q"></form><form method="post" action=""><input type="hidden" name="seen" value="a">
    <input name="csrfmiddlewaretoken" value="x"><input name="name" value=""><input type="number" name="n">
    <select name="s"><option value="">-</option><option value="2">b</option></select><textarea name="t"></textarea>
    <input type="checkbox" name="c" value="1"><input type="checkbox" name="c" value="2" checked>
    <button name="act" value="go">x</button></form>"""
    sent = {"seen": "a", "name": "测试填写", "n": "1", "s": "2", "t": "测试填写", "c": ["1", "2"], "act": "go"}
    assert own_form(page, "/x/") == sent
    assert own_form(page, "/x/", fill=False) == {**sent, "name": "", "n": "", "t": "", "c": "2"}


@pytest.mark.django_db
def test_what_is_written_is_seen_and_what_is_undone_is_not() -> None:
    with writing() as tables:
        Branch.objects.create(code="X", name="x")
        with suppress(ZeroDivisionError), transaction.atomic():
            Branch.objects.create(code="Y", name="y")
            raise ZeroDivisionError
    assert tables == ["branch_branch"]
