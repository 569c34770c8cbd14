"""Every API address and method, tried as every role, here and at another branch: 0 leaks, 0 wrong denials, 0 server errors."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from branch.people.roles import ROLES
from tests.house.matrix import World, build
from tests.house.matrix_rows import ALLOWED, WORDS, admitted, denial_of, nothing, variants
from tests.house.test_doors_api import API, endpoints

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "matrix_api.yaml").read_text())
ANSWERED = (200, 201, 202, 204, 409)
BRANCH, NO_BRANCH = "0755FT", "0000XX"


def test_every_endpoint_is_in_the_table_and_no_other() -> None:
    assert set(TABLE) == set(endpoints())


def test_the_table_names_known_roles() -> None:
    named = {role for row in TABLE.values() if isinstance(row["roles"], list) for role in row["roles"]}
    assert named <= set(ROLES)


def filled(value: Any, things: dict[str, Any]) -> Any:
    """The table's body with objects in the place of `$word`."""
    if isinstance(value, dict):
        return {name: filled(one, things) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, things) for one in value]
    return things[value[1:]] if isinstance(value, str) and value.startswith("$") else value


def address_of(things: dict[str, Any], key: str, row: dict[str, Any]) -> str:
    """The row's address with these objects."""
    path = reverse(key.split(maxsplit=1)[0], kwargs={word: things[thing] for word, thing in row.get("args", {}).items()})
    return path + re.sub(r"\$(\w+)", lambda found: str(things[found[1]]), row.get("query", ""))


def asked(browser: Client, world: World, key: str, row: dict[str, Any], *, things: dict[str, Any] | None = None) -> Any:
    """The answer; what it did is undone. `things`: other objects than the world's."""
    things = things or world.things
    address, method = address_of(things, key, row), key.split()[1]
    body, files = filled(row.get("body", {}), things), row.get("files", [])
    with transaction.atomic():
        if method == "get":
            answer = browser.get(address)
        elif files:
            answer = browser.post(address, {**body, **{part: SimpleUploadedFile("x.csv", b"x") for part in files}})
        else:
            answer = browser.post(address, body, content_type="application/json")
        transaction.set_rollback(True)
    return answer


def wrong(status: int, denial: int | None) -> bool:
    """An answer or a refusal said (409) shows that the door stood open; who may not gets just the denial that is due."""
    return status not in ANSWERED if denial is None else status != denial


def _room(key: str) -> str:
    """Whose address it is."""
    return str(API[key.split(maxsplit=1)[0]].pattern).split("/")[0]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("room", sorted({_room(key) for key in TABLE}))
def test_every_role_is_answered_as_the_table_says(room: str) -> None:
    world = build()
    found = []
    for key, row in TABLE.items():
        if _room(key) == room:
            for variant in variants(row):
                found += _tried(world, key, variant)
    assert not found, "\n".join(found)


def _tried(world: World, key: str, row: dict[str, Any]) -> list[str]:
    found, at_the_door, unknown = [], False, _not_there(world, key, row)
    for place, browsers in world.places():
        allowed = ALLOWED[place](row)
        for role, browser in browsers.items():
            inside = _admitted(world, key, place, role)
            denial = None if role in allowed else denial_of(row, place, role, admitted=inside)
            if denial is not None and not inside and at_the_door:
                continue  # one is sent away by the address itself; whom else the door does not admit, it has just said
            at_the_door |= not inside
            due = row.get("answer") if denial is None else row.get("denied", 404) if denial == 404 else denial
            answer = asked(browser, world, key, row)
            who = f"{key} {list(row.get('args', {}).values())} as {role} {place}"
            if wrong(answer.status_code, due):
                told = answer.content.decode()[:300] if "json" in answer.get("Content-Type", "") else ""
                found.append(f"{who}: {answer.status_code}, should be {due or 'answered'} {told}")
            elif denial == 404 and _words(answer, row, world.things) != unknown():
                found.append(f"{who}: “{_words(answer, row, world.things)}” is not what is said of nothing: “{unknown()}”")
    return found


def _admitted(world: World, key: str, place: str, role: str) -> bool:
    name, method = key.split()
    return admitted(world, API[name].callback.cls.endpoints[method].door, place, role)


def _words(answer: Any, row: dict[str, Any], things: dict[str, Any]) -> str:
    """What is said, without the names that were asked for."""
    said = answer.content.decode()
    for word in {*row.get("args", {}).values(), *re.findall(r"\$(\w+)", str(row.get("body", "")))}:
        said = said.replace(str(things[word]), "·")
    return said.replace(BRANCH, "·").replace(NO_BRANCH, "·")


def _not_there(world: World, key: str, row: dict[str, Any]) -> Callable[[], str]:
    """What is said of an object that is not there, to somebody whom the door lets in."""

    @cache
    def words() -> str:
        inside = next(
            browsers[role] for place, browsers in world.places() for role in browsers if _admitted(world, key, place, role)
        )
        none = {word: value if word in WORDS else nothing(value) for word, value in world.things.items()}
        bare = {**row, "body": _without_branch(row.get("body", {}))} if row.get("named_in_body") else row
        answer = asked(inside, world, key, bare, things=none)
        fit = answer.status_code in (404, row.get("denied"))
        return _words(answer, row, none) if fit else f"{answer.status_code} instead of 404"

    return words


def _without_branch(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "branch": NO_BRANCH} if "branch" in body else body


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(key for key in TABLE if not TABLE[key].get("args")))
def test_nobody_signed_in_is_told_to_sign_in(key: str) -> None:
    name, method = key.split()
    answer = getattr(Client(), method)(reverse(name))
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    assert answer["WWW-Authenticate"].startswith("Token")


def test_the_judgement_can_fail() -> None:
    assert wrong(200, 404)
    assert wrong(400, 404)
    assert wrong(403, 404)
    assert wrong(400, None)
    assert wrong(403, None)
    assert wrong(500, None)
    assert not wrong(404, 404)
    assert not wrong(409, None)
