"""No page and no answer names a person or a client, or tells a sum of pay, to who may not know of it.

Names that occur nowhere else (tests/house/matrix.py) stand for the people and clients of another group, another team and another
branch. Every address that a role may read is read in full, lists also as a search would ask them, and looked through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from branch.people.roles import ROLES, Scope
from clients.registry.models import Client as Customer
from kernel.money import grouped
from payroll.runs.models import PaySlip
from tests.house.matrix import CLIENT_NAMES, COLLEAGUE, FAR_CLIENT, FAR_NAME, FAR_NO, NAMES, NEXT_DOOR, World, build
from tests.house.matrix_rows import ALLOWED, objects_of, variants
from tests.house.matrix_things import OWNER
from tests.house.test_matrix import TABLE
from tests.house.test_matrix_api import TABLE as API_TABLE
from tests.house.test_matrix_api import address_of

NEIGHBOUR = NEXT_DOOR["client_manager"]
SEES_PAY = {"branch_finance", "chief_accountant", "deputy_manager", "branch_manager"}
HERE = ("client_manager", "group_leader", "attendance_clerk", "trade_admin", "branch_manager")
HEAD_OFFICE = tuple(role.code for role in ROLES.values() if role.scope in (Scope.COMPANY, Scope.DEPARTMENT))
ELSEWHERE = ("client_manager", "team_leader", "trade_admin", "branch_finance", "branch_manager")
ALIKE = {"risk", "legal", "executive"}  # ORG_VIEW alone, as others have it
LEAST_READ = 90  # pages and answers; whoever may read least reads some hundred
SEARCHED = 2  # letters of a name that a search is asked with: the page may say what was asked
BYTES = ("application/pdf", "application/vnd", "application/octet-stream", "image/")


def _client(staff_no: str) -> set[str]:
    found = Customer.objects.get(name=CLIENT_NAMES[staff_no])
    return {found.name, found.client_no, found.fund_account}


def _person(staff_no: str) -> set[str]:
    return {NAMES[staff_no], staff_no}


def _pay(staff_no: str) -> set[str]:
    """Sums of somebody's slips, as pages and as the API write them."""
    slips = PaySlip.objects.filter(person__staff_no=staff_no)
    sums = {amount for slip in slips for amount in (slip.gross_pay, slip.net_pay, slip.iit)}
    return {text for amount in sums if amount > 1000 for text in (f"{amount:.2f}", grouped(amount))}


def foreign(place: str, role: str) -> set[str]:
    """What must not be told to that role: said here once more, apart from what the product reckons."""
    far = {FAR_NAME, FAR_NO, FAR_CLIENT, "8800000001", "388800000001"}
    clients = {staff_no: _client(staff_no) for staff_no in CLIENT_NAMES}
    everybody = set().union(*(_person(staff_no) | clients[staff_no] | _pay(staff_no) for staff_no in NAMES))
    if place == "elsewhere":
        return everybody
    if place == "next_door":
        own = {"client_manager": {NEIGHBOUR}, "group_leader": set(), "team_leader": {NEIGHBOUR}}[role]
        return far.union(*(_person(one) | clients[one] | _pay(one) for one in {OWNER, COLLEAGUE} - own), _pay(COLLEAGUE))
    if role in HEAD_OFFICE:
        return set().union(*clients.values(), *(_pay(staff_no) for staff_no in NAMES), {FAR_CLIENT, "8800000001"})
    if role == "client_manager":
        return far.union(*(_person(one) | clients[one] | _pay(one) for one in (COLLEAGUE, NEIGHBOUR)))
    if role == "group_leader":
        return far.union(*(_person(one) | clients[one] for one in NAMES), *(_pay(one) for one in NAMES))
    pay = set() if role in SEES_PAY else set().union(*(_pay(one) for one in NAMES))
    return far | pay | (set() if role in SEES_PAY | {"trade_admin"} else set().union(*clients.values()))


READERS = {
    "here": (*HERE, *(role for role in HEAD_OFFICE if role not in ALIKE)),
    "next_door": tuple(NEXT_DOOR),
    "elsewhere": ELSEWHERE,
}


def _addresses(world: World) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Name, address and row of all that is read."""
    for name, row in TABLE.items():
        if row.get("method") != "post":
            yield from ((name, reverse(name, kwargs=objects_of(one, world)), one) for one in variants(row))
    for key, row in API_TABLE.items():
        if key.endswith(" get"):
            yield from ((key, address_of(world.things, key, one), one) for one in variants(row))


def _body(browser: Client, address: str) -> str:
    """What is read there; nothing of a file that is no text."""
    with transaction.atomic():
        answer = browser.get(address)
        transaction.set_rollback(True)
    kind = answer.get("Content-Type", "")
    if answer.status_code != 200 or kind.startswith(BYTES):
        return ""
    text = b"".join(answer) if answer.streaming else answer.content
    if "json" in kind:
        return json.dumps(json.loads(text), ensure_ascii=False)
    return text.decode(errors="replace")


def _searches(names: set[str]) -> list[str]:
    return [f"?q={name[:SEARCHED]}" for name in sorted(names & {*NAMES.values(), *CLIENT_NAMES.values(), FAR_NAME, FAR_CLIENT})]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(("place", "role"), [(place, role) for place, roles in READERS.items() for role in roles])
def test_nothing_read_names_who_is_not_theirs(place: str, role: str) -> None:
    world = build()
    browser, names = dict(world.places())[place][role], foreign(place, role)
    told, read = [], 0
    for name, address, row in _addresses(world):
        if role not in ALLOWED[place](row):
            continue
        asked = [address, *(address + one for one in _searches(names) if "list" in name and name in TABLE)]
        for one in asked:
            body = _body(browser, one)
            read += bool(body)
            if found := sorted(word for word in names if word in body):
                told.append(f"{one} ({name}) tells {role} {place} of {found}")
    assert not told, "\n".join(told)
    assert read > LEAST_READ, "hardly anything was read"


@pytest.mark.slow
@pytest.mark.django_db
def test_the_own_teams_leader_is_told_the_very_names() -> None:
    """What is looked for can be found."""
    world = build()
    assert {NAMES[OWNER], OWNER, CLIENT_NAMES[OWNER]} < foreign("next_door", "team_leader")
    for address in (f"/people/?q={NAMES[OWNER][:SEARCHED]}", "/api/v1/people/?limit=200"):
        assert NAMES[OWNER] in _body(world.here["team_leader"], address)
    assert CLIENT_NAMES[OWNER] in _body(world.here["team_leader"], f"/clients/?q={CLIENT_NAMES[OWNER][:SEARCHED]}")
    assert any(one in _body(world.here["branch_finance"], "/payroll/runs/1/") for one in _pay(OWNER))
