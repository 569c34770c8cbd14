"""schemathesis against the described API, in-process: as finance, as a client manager, as the administrator.

Each operation is tried with generated queries and bodies, about objects that are there. No server error; no status, content
type or body that the description lacks. Whatever a try writes is taken back.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from branch.people.models import Person
from branch.people.tokens import make_token
from tests.house.matrix import PEOPLE, World, build

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ROLES = ("branch_finance", "client_manager", "administrator")
LEAST = {
    "branch_finance": 60,
    "client_manager": 20,
    "administrator": 30,
}  # operations that must succeed: refusals alone prove little
EXAMPLES = 3
THINGS = {  # the word of an address → the object of the world
    "branch_id": "branch", "client_id": "client", "batch_id": "batch", "file_id": "batch_file", "filing_id": "filing",
    "holding_id": "holding", "job_id": "job", "notice_id": "notice", "number": "request", "opening_id": "opening",
    "route_id": "route", "row_id": "client_month", "run_id": "run", "sale_id": "sale", "sheet_id": "sheet",
    "staff_no": "owner", "tax_mode_id": "tax_mode", "token_id": "token", "value_id": "value", "version_id": "scheme",
    "other_id": "scheme", "code": "code", "month": "month", "year": "year", "export_id": "export",
    "other_route": "route", "company_id": "company_import", "settlement_id": "settlement",
    "adjustment_id": "unpaid",
}  # fmt: skip


KINDS = {"/org/": "kind_team", "/openings/": "opening_kind", "/imports/": "template", "/exports/": "export_kind"}


def place(operation: Any, world: World) -> dict[str, Any]:
    """The operation's objects: those of the world where it has them."""
    path, things = operation.path, dict(THINGS)
    things["slip_id"] = "pay_slip" if "pay-slip" in path or "/leavers/" in path else "slip"
    things["unit_id"] = "team"
    if "/corrections/" in path:
        things |= {"number": "correction", "line_id": "correction_line"}
    if "/roster/" in path:
        things["file_id"] = "file"
    things["kind"] = next((thing for part, thing in KINDS.items() if part in path), "")
    found = {name: world.things[thing] for name, thing in things.items() if f"{{{name}}}" in path}
    return {name: str(value) if name == "month" else value for name, value in found.items()}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_the_api_does_what_its_description_says(role: str) -> None:
    world, person = build(), Person.objects.get(staff_no=PEOPLE[role])
    headers = {"Authorization": f"Token {make_token(name='x', expires_on=timezone.localdate(), by=person, reentered=True)[1]}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", get_wsgi_application(), headers=headers)
    wrong, granted = [], 0
    for result in schema.get_all_operations():
        found, succeeded = _tried(result.ok(), world, headers)
        wrong += found
        granted += succeeded
    assert granted >= LEAST[role], f"only {granted} operations ever succeeded"
    assert not wrong, "\n\n".join(wrong)


def _tried(operation: Any, world: World, headers: dict[str, str]) -> tuple[list[str], bool]:
    """What is wrong with the operation, each fault once; and whether it ever succeeded."""
    found: dict[str, str] = {}
    statuses: set[int] = set()

    @given(case=operation.as_strategy(path_parameters=place(operation, world) or None))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def ask(case: Any) -> None:
        try:
            with transaction.atomic():
                answer = case.call(headers=headers)
                transaction.set_rollback(True)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for one in failures.exceptions:
                found.setdefault(str(one.title), f"{operation.label} {case.query or ''} {str(case.body)[:300]}\n{one}"[:1500])

    ask()
    return list(found.values()), any(status < 300 for status in statuses)
