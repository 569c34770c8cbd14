"""No page costs more than 15 queries, whoever opens it: what a page asks of the database is a budget, not an accident."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.house.matrix import PEOPLE, build
from tests.house.matrix_rows import roles_of
from tests.house.test_matrix import ROSTER, TABLE

MOST = 15
LEAST_SHOWN = 30  # pages; also whoever sees least is shown so many
RECKONING = {  # asked for after their page: what was frozen is taken once more from closed data, to compare
    "payroll:run-since": 20,
    "plans:report-since": 25,
    "approvals:request-detail": 16,  # a run's request beside the month before it
}


def _asked(captured: CaptureQueriesContext) -> int:
    """Statements that ask or write something; savepoints are no questions."""
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for query in captured.captured_queries)


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("role", PEOPLE)
def test_no_page_asks_more_than_its_budget(role: str) -> None:
    world = build()
    over: list[str] = []
    shown = 0
    for name, row in TABLE.items():
        if row.get("method") == "post" or role not in roles_of(row):
            continue
        args: dict[str, Any] = {word: world.things[thing] for word, thing in row.get("args", {}).items()}
        address = reverse(name, kwargs=args) + (ROSTER if name.startswith("roster-") else "")
        with CaptureQueriesContext(connection) as captured:
            answer = world.here[role].get(address)
        shown += answer.status_code == 200
        if answer.status_code == 200 and _asked(captured) > RECKONING.get(name, MOST):
            over.append(f"{name}: {_asked(captured)}")
    assert not over, "\n".join(over)
    assert shown >= LEAST_SHOWN, "hardly a page was shown"
