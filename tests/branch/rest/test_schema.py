"""The description is complete, valid, and says what the endpoints do."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.test import Client

from branch.rest.api import document
from tests.branch.conftest import Office
from tests.house.test_doors_api import API, endpoints


def test_the_document_is_valid_and_nothing_is_warned_of(tmp_path: object) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", f"{tmp_path}/schema.yml")


def test_every_endpoint_is_described() -> None:
    found = json.loads(document())
    operations = [one for path in found["paths"].values() for one in path.values()]
    assert len(operations) == len(endpoints())
    assert len({one["operationId"] for one in operations}) == len(operations)
    for one in operations:
        assert {"401", "403"} <= set(one["responses"])
        assert any(code.startswith("2") for code in one["responses"])


@pytest.mark.django_db
def test_the_described_query_names_are_those_that_are_let_pass() -> None:
    """Every other name is refused: one that is described must not be."""
    found = json.loads(document())["paths"]
    asking = 0
    for name, pattern in API.items():
        for one in pattern.callback.cls.endpoints.values():
            if one.method == "get":
                path = "/api/v1/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
                described = [each["name"] for each in found[path]["get"].get("parameters", []) if each["in"] == "query"]
                assert sorted(one.asks) == sorted(described), name
                asking += bool(described)
    assert asking > 50


@pytest.mark.django_db
def test_only_the_signed_in_read_it(office: Office, signed_in: Callable[[str], Client]) -> None:
    assert Client().get("/api/v1/schema/").status_code == 401
    assert signed_in("600002").get("/api/v1/schema/").status_code == 200
    assert Client().get("/api/docs/").status_code == 302
