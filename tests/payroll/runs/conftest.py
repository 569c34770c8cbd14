"""A small branch whose August is ready to be computed."""

from __future__ import annotations

import pytest

from tests.factories.branch import People
from tests.factories.runs import ready_small_branch


@pytest.fixture
def people(db: None) -> People:
    return ready_small_branch()
