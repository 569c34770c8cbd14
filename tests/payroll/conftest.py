"""What the rooms of payroll share in their tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.factories.branch import People, load_roster_people
from tests.factories.kept import kept
from tests.factories.payroll import seed_law


@kept
def roster_and_law() -> People:
    seed_law()
    return load_roster_people()


@pytest.fixture
def people(db: None) -> People:
    """The demo branch with its roster, the law's parameters and the calendar."""
    return roster_and_law()


@pytest.fixture
def signed_in(people: People) -> Callable[[str], Client]:
    """A browser signed in as somebody."""

    def sign_in(staff_no: str) -> Client:
        client = Client()
        client.force_login(people[staff_no].user)
        return client

    return sign_in
