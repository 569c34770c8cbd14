"""Every address, tried as every role, here, of another team and at another branch: 0 leaks, 0 wrong denials, 0 server errors.

The addresses come from the resolver, who may from tests/tables/matrix.yaml; an address that the table lacks fails.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.urls import reverse

from branch.people.roles import ROLES
from tests.house.matrix import PEOPLE, World, ask, build, unrendered
from tests.house.matrix_rows import ALLOWED, admitted, denial_of, nothing_like, objects_of, variants
from tests.house.test_doors import NAMED

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "matrix.yaml").read_text())
BRANCH, NO_BRANCH = "0755FT", "0000XX"
ROSTER = f"?branch={BRANCH}"  # the roster's steps name their branch in the query


def _room(name: str) -> str:
    """Whose address it is."""
    return name.split(":", maxsplit=1)[0] if ":" in name else "(none)"


def test_every_address_is_in_the_table_and_no_other() -> None:
    assert set(TABLE) == {name for name in NAMED if not name.startswith("api:")}


def test_every_role_is_tried() -> None:
    assert set(PEOPLE) == set(ROLES)
    named = {role for row in TABLE.values() if isinstance(row["roles"], list) for role in row["roles"]}
    assert named <= set(ROLES)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted({_room(name) for name in TABLE}))
def test_every_role_meets_what_the_table_says(room: str) -> None:
    world = build()
    wrong = []
    for name, row in TABLE.items():
        if _room(name) == room:
            for variant in variants(row):
                wrong += _tried(world, name, variant)
    assert not wrong, "\n".join(wrong)


def wrong(status: int, denial: int | None) -> bool:
    """A page, a redirect or a refusal said (409) is an answer; who may not gets just the denial that is due."""
    return not (status < 400 or status == 409) if denial is None else status != denial


def _tried(world: World, name: str, row: dict[str, Any]) -> list[str]:
    found, rendered, at_the_door, unknown = [], False, False, _not_there(world, name, row)
    door, args = NAMED[name].callback.door, objects_of(row, world)
    for place, browsers in world.places():
        allowed = ALLOWED[place](row)
        for role, browser in browsers.items():
            inside = admitted(world, door, place, role)
            denial = None if role in allowed else denial_of(row, place, role, admitted=inside)
            if denial is not None and not inside and at_the_door:
                continue  # one is sent away by the page itself; whom else the door does not admit, it has just said
            at_the_door |= not inside
            with unrendered(rendered or denial is not None):
                status, words = ask(browser, name, args, query=_query(name, row), method=row.get("method", "get"))
            rendered |= denial is None
            if wrong(status, denial):
                found.append(f"{name} {_told(row)}as {role} {place}: {status}, should be {denial or 'answered'}")
            elif denial == 404 and _bare(words) != unknown():
                found.append(f"{name} as {role} {place}: “{words}” is not what is said of nothing: “{unknown()}”")
    return found


def _query(name: str, row: dict[str, Any], *, branch: str = BRANCH) -> str:
    if row.get("names_branch"):
        return f"?branch={branch}"
    return ROSTER if name.startswith("roster-") else ""


def _bare(words: str) -> str:
    """What is said, without the branch that was asked for."""
    return words.replace(BRANCH, "·").replace(NO_BRANCH, "·")


def _told(row: dict[str, Any]) -> str:
    return f"({', '.join(row['args'].values())}) " if row.get("args") else ""


def _not_there(world: World, name: str, row: dict[str, Any]) -> Callable[[], str]:
    """What the address says of an object that is not there, to somebody whom its door lets in."""

    @cache
    def words() -> str:
        door = NAMED[name].callback.door
        inside = next(
            browsers[role] for place, browsers in world.places() for role in browsers if admitted(world, door, place, role)
        )
        with unrendered(True):
            query = _query(name, row, branch=NO_BRANCH)
            status, said = ask(inside, name, nothing_like(row, world), query=query, method=row.get("method", "get"))
        return _bare(said) if status == 404 else f"{status} instead of 404"

    return words


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name", sorted(name for name in TABLE if not TABLE[name].get("args") and TABLE[name]["roles"] != "public")
)
def test_nobody_signed_in_is_sent_to_sign_in(name: str) -> None:
    browser = Client()
    answer = browser.get(reverse(name))
    if answer.status_code == 405:
        answer = browser.post(reverse(name))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/?next=")


@pytest.mark.django_db
def test_a_part_asked_for_after_signing_out_leads_the_whole_page_to_sign_in() -> None:
    assert Client().get("/jobs/", headers={"HX-Request": "true"})["HX-Redirect"] == "/login/"


def test_the_judgement_can_fail() -> None:
    assert wrong(200, 404)
    assert wrong(403, 404)
    assert wrong(404, 403)
    assert wrong(403, None)
    assert wrong(500, None)
    assert wrong(500, 404)
    assert not wrong(404, 404)
    assert not wrong(409, None)


def test_a_foreign_object_is_as_none_and_403_is_for_who_knows_of_it() -> None:
    row = {"roles": ["a"], "elsewhere": "nobody", "args": {"x": "run"}, "sees": ["b"]}
    assert denial_of(row, "here", "c", admitted=True) == 404
    assert denial_of(row, "here", "c", admitted=False) == 403
    assert denial_of(row, "here", "b", admitted=True) == 403
    assert denial_of(row, "elsewhere", "b", admitted=True) == 404
    assert denial_of({"roles": ["a"], "elsewhere": "nobody"}, "here", "c", admitted=True) == 403
