"""Two views of who holds a seat agree: in memory (`holders`) and in the database (`held_by`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.requests.models import Request, Seat
from approvals.routes.models import Route
from approvals.routes.seating import holders


@pytest.fixture
def crowd(world: Any) -> Any:
    """Holders at the branch, elsewhere, company-wide, in a department, by delegation, past and future."""
    today = timezone.localdate()
    world.three_signers()
    world.person("elsewhere", roles=("chief_accountant",), branch=world.other)
    officer = world.person("officer", roles=("compliance",))
    inside = world.person("inside", roles=("risk",))
    for person in (officer, inside):
        person.department = world.department
        person.save()
    delegate = world.person("delegate")
    world.sit(delegate, "branch_manager", branch=world.branch, delegated_by=world.people["manager"])
    world.sit(delegate, "compliance", delegated_by=officer)
    late = world.person("late")
    world.sit(late, "compliance", effective_from=today + timedelta(days=1))
    gone = world.person("gone")
    world.sit(gone, "deputy_manager", branch=world.branch, effective_to=today - timedelta(days=1))
    named = world.person("named")
    posted = world.person("posted")
    world.sit(posted, "legal", department=world.department)
    world.route(
        world.stage(
            "all",
            "all",
            *(world.at_branch(role) for role in ("chief_accountant", "deputy_manager", "branch_manager")),
            {"role": "compliance", "at": "company"},
            {"department": "compliance"},
            {"people": [named.staff_no]},
        )
    )
    return world


def test_memory_and_database_agree(crowd: Any) -> None:
    request = crowd.ask()
    seats = list(Seat.objects.filter(request=request).order_by("position"))
    in_memory = [{holder.person.pk for holder in sitting} for sitting in holders(seats)]
    in_database = [{p.pk for p in crowd.people.values() if Seat.objects.held_by(p).filter(pk=seat.pk).exists()} for seat in seats]
    assert in_memory == in_database
    names = [{key for key, person in crowd.people.items() if person.pk in found} for found in in_memory]
    assert names == [
        {"chief"},
        {"deputy"},
        {"manager", "delegate"},
        {"officer", "delegate"},
        {"officer", "inside", "delegate", "posted"},
        {"named"},
    ]


def test_holders_cost_two_queries_however_many_seats(crowd: Any, django_assert_max_num_queries: Any) -> None:
    seats = list(Seat.objects.filter(request=crowd.ask()))
    with django_assert_max_num_queries(2):
        holders(seats * 3)


def test_visible_to_those_on_the_route_alone(crowd: Any) -> None:
    request = crowd.ask()
    seeing = {key for key, person in crowd.people.items() if Request.objects.visible_to(person).filter(pk=request.pk).exists()}
    assert seeing == {"applicant", "chief", "deputy", "manager", "delegate", "officer", "inside", "posted", "named"}
    assert Route.objects.count() == 1
