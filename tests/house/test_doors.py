"""Every address has a door, and only a handful are open to anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from branch.people.doors import Door, door
from branch.people.roles import POWER_LABELS, ROLES, Power

PUBLIC = {"login", "login-code", "health", "ready", "metrics"}


def addresses(resolver: Any = None, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every (name with namespace, pattern) of the resolver."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            below = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, below)
        else:
            yield f"{namespace}{entry.name}", entry


NAMED = dict(addresses())


def test_every_address_has_a_name_of_its_own() -> None:
    names = [name for name, _ in addresses()]
    assert not [name for name in names if name.endswith("None")]
    assert len(names) == len(set(names)), sorted(name for name in names if names.count(name) > 1)


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_view_has_a_door(name: str) -> None:
    assert isinstance(getattr(NAMED[name].callback, "door", None), Door), f"{name} has no door"


def test_only_these_are_open_to_anybody() -> None:
    assert {name for name, pattern in NAMED.items() if pattern.callback.door.public} == PUBLIC


def test_a_view_without_a_door_would_be_found() -> None:
    def naked(request: Any) -> None: ...

    assert not hasattr(naked, "door")
    assert door(Power.PAY_VIEW)(naked).door == Door((Power.PAY_VIEW,))


def test_every_power_has_a_chinese_name_and_a_holder() -> None:
    assert set(POWER_LABELS) == {power.value for power in Power}
    held = {power for role in ROLES.values() for power in role.powers}
    assert held == set(Power)
