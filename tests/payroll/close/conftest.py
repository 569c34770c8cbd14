"""Four branches: three ready to be reckoned, the last one with nothing but its people."""

from __future__ import annotations

import pytest

from tests.factories.company import Office, company_of


@pytest.fixture
def office(db: None) -> Office:
    return company_of([3, 2, 2, 2], ready=[0, 1, 2])
