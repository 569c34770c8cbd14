"""Every list and detail of the API: at most 15 statements, no more for 30 rows than for 1; and no row of somebody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branch.rest.endpoints import Endpoint
from tests.house.matrix import OWNER, build
from tests.house.matrix_rows import elsewhere_of, roles_of
from tests.house.test_doors_api import API
from tests.house.test_matrix_api import TABLE, address_of

COMPANY_WIDE = {"api:parameter-list get", "api:proposal-list get", "api:parameter-history get"}  # they name who proposed
MOST, GROWTH = 15, 2
LEAST_MET = 100  # lists, each as each role that reads it
RECKONING = {"api:run-since get": 20}  # what was frozen is taken once more from closed data, as by the page
APART = {"api:roster-precheck get", "api:run-outputs get"}  # a file that is none, a run not yet approved: refused
KINDS = {name: pattern.callback.cls.endpoints for name, pattern in API.items()}
NAMES_A_MANAGER = ("api:client-list get", "api:slip-list get", "api:sale-list get")


def reading() -> list[tuple[str, Endpoint]]:
    """Every GET that answers rows or an object."""
    found = [(key, KINDS[key.split()[0]]["get"]) for key in TABLE if key.endswith(" get") and key not in APART]
    return [(key, one) for key, one in found if one.answers and not isinstance(one.answers, str | tuple)]


def counted(browser: Client, address: str) -> tuple[int, Any]:
    with CaptureQueriesContext(connection) as seen:
        answer = browser.get(address)
    assert answer.status_code == 200, f"{address}: {answer.status_code} {answer.content[:300]!r}"
    return len(seen), answer.json()


def people_of(value: Any) -> set[str]:
    """Every staff number in an answer."""
    if isinstance(value, dict):
        own = {value["staff_no"]} if isinstance(value.get("staff_no"), str) else set()
        return own.union(*(people_of(one) for one in value.values()))
    return set().union(*map(people_of, value)) if isinstance(value, list) else set()


@pytest.mark.slow
@pytest.mark.django_db
def test_a_list_of_thirty_asks_no_more_than_one_of_a_single_row() -> None:
    world = build()
    wrong, grown = [], 0
    for key, one in reading():
        roles = sorted(roles_of(TABLE[key]) - {"client_manager"})
        if not roles:
            continue
        browser = world.here["trade_admin" if "trade_admin" in roles else roles[0]]
        address = address_of(world.things, key, TABLE[key])
        join = "&" if "?" in address else "?"
        few, first = counted(browser, f"{address}{join}limit=1" if one.many else address)
        many, page = counted(browser, f"{address}{join}limit=30" if one.many else address)
        grown += one.many and len(page["items"]) > len(first["items"])
        if many > RECKONING.get(key, MOST) or (one.many and many > few + GROWTH):
            wrong.append(f"{key}: {few} statements for 1 row, {many} for {len(page['items']) if one.many else 'all'}")
    assert not wrong, "\n".join(wrong)
    assert grown >= 15, "too few lists have rows enough to show a statement a row"


@pytest.mark.slow
@pytest.mark.django_db
def test_another_branchs_people_meet_nobody_of_the_demo_branch_in_any_list() -> None:
    world = build()
    met = 0
    here = {f"600{number:03d}" for number in range(1, 200)}
    for key, one in reading():
        for role in sorted(elsewhere_of(TABLE[key])):
            if one.many and role in world.elsewhere and key not in COMPANY_WIDE:
                _, page = counted(world.elsewhere[role], address_of(world.things, key, TABLE[key]))
                met += 1
                assert not people_of(page) & here, f"{key} as {role} elsewhere: {sorted(people_of(page) & here)[:3]}"
                assert "0755FT" not in str(page), f"{key} as {role} elsewhere names the demo branch"
    assert met >= LEAST_MET, "hardly a list was read"


@pytest.mark.slow
@pytest.mark.django_db
def test_a_client_manager_meets_the_own_clients_slips_and_sales_alone() -> None:
    world = build()
    for key in NAMES_A_MANAGER:
        _, page = counted(world.here["client_manager"], address_of(world.things, key, TABLE[key]) + "?limit=200")
        assert page["items"], key
        for item in page["items"]:
            owners = item["relation"]["manager"] if "relation" in item else item.get("settled_to") or item["manager"]
            assert owners["staff_no"] == OWNER, f"{key}: {item}"
