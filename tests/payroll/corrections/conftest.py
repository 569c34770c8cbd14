"""A small branch whose August has been approved by the three."""

from __future__ import annotations

import pytest

from tests.factories.branch import People
from tests.factories.runs import AUGUST, make_ready, small_branch


@pytest.fixture
def people(db: None) -> People:
    found = small_branch()
    make_ready(found, AUGUST)
    return found
