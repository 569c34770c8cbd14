"""Every address, tried as every role, here and at another branch: 0 leaks, 0 wrong denials, 0 server errors.

The addresses come from the resolver, who may from tests/tables/matrix.yaml; an address that the table lacks fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.urls import reverse

from branch.people.roles import ROLES
from tests.house.matrix import PEOPLE, World, ask, build, unrendered
from tests.house.test_doors import NAMED

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "matrix.yaml").read_text())
ROSTER = "?branch=0755FT"  # the roster's steps name their branch in the query


def test_every_address_is_in_the_table_and_no_other() -> None:
    assert set(TABLE) == {name for name in NAMED if not name.startswith("api:")}


def test_every_role_is_tried() -> None:
    assert set(PEOPLE) == set(ROLES)
    named = {role for row in TABLE.values() if isinstance(row["roles"], list) for role in row["roles"]}
    assert named <= set(ROLES)


def _roles(row: dict[str, Any]) -> set[str]:
    return set(ROLES) if row["roles"] in ("all", "public") else set(row["roles"])


def _elsewhere(row: dict[str, Any]) -> set[str]:
    word = row["elsewhere"]
    if isinstance(word, list):
        return set(word)
    return _roles(row) if word == "same" else set()


def _wrong(status: int, may: bool) -> bool:
    """A page, a redirect or a refusal said (409) is an answer; 403 and 404 are denials; anything else is a fault."""
    return not (status < 400 or status == 409) if may else status not in (403, 404)


@pytest.mark.slow
@pytest.mark.django_db
def test_every_role_meets_what_the_table_says() -> None:
    world = build()
    wrong = []
    for name, row in TABLE.items():
        wrong += _tried(world, name, row)
    assert not wrong, "\n".join(wrong)


def _tried(world: World, name: str, row: dict[str, Any]) -> list[str]:
    args = {word: world.things[thing] for word, thing in row.get("args", {}).items()}
    query = ROSTER if name.startswith("roster-") else ""
    found: list[str] = []
    rendered: set[bool] = set()  # an answer and a denial are rendered once each
    for place, browsers, allowed in (("here", world.here, _roles(row)), ("elsewhere", world.elsewhere, _elsewhere(row))):
        for role, browser in browsers.items():
            may = role in allowed
            with unrendered(may in rendered):
                status = ask(browser, name, args, query=query, method=row.get("method", "get"))
            rendered.add(may)
            if _wrong(status, may):
                found.append(f"{name} as {role} {place}: {status}, {'may' if may else 'may not'}")
    return found


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
    assert _wrong(200, may=False)
    assert _wrong(403, may=True)
    assert _wrong(500, may=True)
    assert _wrong(500, may=False)
    assert not _wrong(404, may=False)
    assert not _wrong(409, may=True)
