"""Every method of every API address has a door of its own, none is open to strangers, and all are described."""

from __future__ import annotations

import pytest

from branch.people.doors import Door
from branch.people.roles import Power
from branch.rest.endpoints import DoorView, at, get
from branch.rest.fields import PersonBrief
from tests.house.test_doors import NAMED

API = {name: pattern for name, pattern in NAMED.items() if name.startswith("api:")}


def endpoints() -> list[str]:
    """Every (address, method) of the API, as `api:run-list get`."""
    return [f"{name} {method}" for name, pattern in sorted(API.items()) for method in pattern.callback.cls.endpoints]


@pytest.mark.parametrize("name", sorted(API))
def test_every_api_address_is_made_of_endpoints_with_doors(name: str) -> None:
    kind = API[name].callback.cls
    assert issubclass(kind, DoorView)
    assert kind.endpoints
    for one in kind.endpoints.values():
        assert isinstance(one.door, Door)
        assert not one.door.public
        assert one.summary, f"{name} {one.method} has no words"


def test_operations_have_names_of_their_own() -> None:
    handles = [one.handle for pattern in API.values() for one in pattern.callback.cls.endpoints.values()]
    names = [f"{handle.__module__}.{handle.__name__}" for handle in handles]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


def test_an_address_shared_by_two_shows_the_wider_door() -> None:
    narrow = get(PersonBrief, Power.PAY_VIEW)(lambda request: None)
    assert at(narrow).door == Door((Power.PAY_VIEW,))
    assert at(narrow, get(PersonBrief)(lambda request: None)).door == Door()
