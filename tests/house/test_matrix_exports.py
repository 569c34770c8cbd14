"""Every kind of export, asked for as every role, here and at another branch: who gets rows, who gets none, who is denied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from branch.exports.register import all_kinds
from branch.people.roles import ROLES
from tests.house.matrix import World, build

TABLE: dict[str, dict[str, Any]] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "exports.yaml").read_text())
ROWS, NOTHING, DENIED = "rows", "nothing", "denied"


# what is taken out of one thing, or has nothing to choose by
WITHOUT_FILTERS = {"analysis-report", "company-pay", "figures", "rule-documents", "pay-report", "pay-bank", "pay-insurance"}
WITHOUT_FILTERS |= {"pay-summary", "pay-year", "iit-broker", "iit-wages", "import-errors", "inputs-file", "opening-file"}


def test_every_kind_is_in_the_table_and_no_other() -> None:
    assert set(TABLE) == {kind.code for kind in all_kinds()}
    lists = [row[word] for row in TABLE.values() for word in (ROWS, NOTHING, "elsewhere") if isinstance(row.get(word), list)]
    assert {role for roles in lists for role in roles} <= set(ROLES)


def asked(browser: Client, world: World, kind: str) -> str:
    """What the role gets of the demo branch. A refusal said (409) gives nothing away; a foreign thing named is denied, as if it
    were not there. What was written is undone."""
    address = reverse("api:export-new", kwargs={"kind": kind}) + TABLE[kind].get("query", "").format(**world.things)
    with transaction.atomic():
        answer = browser.post(address, {"reason": "核对"}, content_type="application/json")
        transaction.set_rollback(True)
    if answer.status_code == 201:
        return ROWS if answer.json()["rows"] else NOTHING
    return {409: NOTHING, 403: DENIED, 404: DENIED}.get(answer.status_code, f"{answer.status_code} {answer.content[:200]!r}")


def expected(kind: str, role: str, place: str) -> str:
    row = TABLE[kind]
    if place == "here":
        return ROWS if role in row[ROWS] else NOTHING if may_ask(row, role) else DENIED
    word = row.get("elsewhere", NOTHING)
    if isinstance(word, list):
        return ROWS if role in word else NOTHING if may_ask(row, role) else DENIED
    return NOTHING if word == NOTHING and may_ask(row, role) and role not in row.get("not_elsewhere", []) else DENIED


def may_ask(row: dict[str, Any], role: str) -> bool:
    return row.get(NOTHING) == "everybody else" or role in (*row[ROWS], *row.get(NOTHING, []))


@pytest.mark.slow
@pytest.mark.django_db
def test_a_filter_that_cannot_be_used_is_refused_whatever_the_list() -> None:
    """Else the file would hold all that one may see, and look like what was asked for."""
    assert set(TABLE) - {kind for kind, row in TABLE.items() if "filter" in row} == WITHOUT_FILTERS
    world, wrong = build(bare=True), []
    for kind, row in TABLE.items():
        if "filter" not in row:
            continue
        query = QueryDict(row.get("query", "").format(**world.things).removeprefix("?"), mutable=True)
        query[row["filter"]] = "没有这个词"
        role = next(role for role in (*row[ROWS], *ROLES) if may_ask(row, role))
        address = f"{reverse('api:export-new', kwargs={'kind': kind})}?{query.urlencode()}"
        answer = world.here[role].post(address, {"reason": "核对"}, content_type="application/json")
        if (answer.status_code, answer.json().get("code")) not in ((409, "bad_filter"), (404, "unknown")):
            wrong.append(f"{kind} as {role}: {answer.status_code} {str(answer.json())[:120]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
@pytest.mark.django_db
def test_every_role_takes_out_what_the_table_says() -> None:
    world, wrong = build(bare=True), []
    for kind in TABLE:
        for place, browsers in (("here", world.here), ("elsewhere", world.elsewhere)):
            for role, browser in browsers.items():
                got, should = asked(browser, world, kind), expected(kind, role, place)
                if got != should:
                    wrong.append(f"{kind} as {role} {place}: {got}, should be {should}")
    assert not wrong, "\n".join(wrong)
