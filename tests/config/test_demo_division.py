"""The demonstration's divisions stand as said, and a second start adds nothing."""

from __future__ import annotations

import pytest

from approvals.routes.actions import seed_routes
from branch.people.queries import person_for
from clients.registry.models import Division
from config import demo_division
from teams.plans.division.models import DivisionProposal
from tests.factories.clients import branch_with


@pytest.mark.django_db
def test_three_clients_are_shared_from_next_month_and_two_wait_for_an_answer() -> None:
    branch_with("2026-10")
    seed_routes()
    demo_division.divisions()
    demo_division.divisions()
    assert sorted(DivisionProposal.objects.values_list("state", flat=True)) == ["approved", "consulting"]
    assert Division.objects.filter(developer_percent=70, void=False).count() == 3
    assert DivisionProposal.objects.waiting_for(person_for("600103")).count() == 1
