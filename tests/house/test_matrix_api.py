"""Every API address and method, tried as every role, here and at another branch: 0 leaks, 0 wrong denials, 0 server errors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.urls import reverse

from branch.people.roles import ROLES
from tests.house.matrix import World, build
from tests.house.test_doors_api import endpoints
from tests.house.test_matrix import _elsewhere, _roles

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "matrix_api.yaml").read_text())
ANSWERED, DENIED = (200, 201, 202, 204, 400, 409), (403, 404)


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


def address_of(world: World, key: str, row: dict[str, Any]) -> str:
    """The row's address with the world's objects."""
    path = reverse(key.split(maxsplit=1)[0], kwargs={word: world.things[thing] for word, thing in row.get("args", {}).items()})
    return path + re.sub(r"\$(\w+)", lambda found: str(world.things[found[1]]), row.get("query", ""))


def asked(browser: Client, world: World, key: str, row: dict[str, Any]) -> Any:
    """The answer; what it did is undone."""
    address, method = address_of(world, key, row), key.split()[1]
    with transaction.atomic():
        if method == "get":
            answer = browser.get(address)
        else:
            answer = browser.post(address, filled(row.get("body", {}), world.things), content_type="application/json")
        transaction.set_rollback(True)
    return answer


def wrong(status: int, may: bool) -> bool:
    """An answer, a refusal said (409) or a body that lacks something (400) shows that the door stood open."""
    return status not in (ANSWERED if may else DENIED)


@pytest.mark.slow
@pytest.mark.django_db
def test_every_role_is_answered_as_the_table_says() -> None:
    world = build()
    found = []
    for key, row in TABLE.items():
        for place, browsers, allowed in (("here", world.here, _roles(row)), ("elsewhere", world.elsewhere, _elsewhere(row))):
            for role, browser in browsers.items():
                answer = asked(browser, world, key, row)
                if wrong(answer.status_code, role in allowed):
                    told = answer.content.decode()[:200] if "json" in answer.get("Content-Type", "") else ""
                    found.append(
                        f"{key} as {role} {place}: {answer.status_code}, {'may' if role in allowed else 'may not'} {told}"
                    )
    assert not found, "\n".join(found)


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(key for key in TABLE if not TABLE[key].get("args")))
def test_nobody_signed_in_is_told_to_sign_in(key: str) -> None:
    name, method = key.split()
    answer = getattr(Client(), method)(reverse(name))
    assert answer.status_code == 401
    assert answer.json()["code"] == "not_signed_in"
    assert answer["WWW-Authenticate"].startswith("Token")


def test_the_judgement_can_fail() -> None:
    assert wrong(200, may=False)
    assert wrong(400, may=False)
    assert wrong(403, may=True)
    assert wrong(500, may=True)
    assert wrong(500, may=False)
    assert not wrong(404, may=False)
    assert not wrong(409, may=True)
