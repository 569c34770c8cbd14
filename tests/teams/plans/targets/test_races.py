"""Two leaders breaking down one target at once, in real transactions. Without the one lock the parts grow beyond it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from teams.plans.targets import actions, queries
from teams.plans.targets.actions import breaking
from teams.plans.targets.models import Target, TargetMonth
from tests.approvals.requests.test_actions_races import at_once
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import DEPUTY, MANAGER, below, root, year

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def people(transactional_db: None) -> People:
    return load_roster_people()


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has looked takes a moment before writing, so that the other could come between."""
    sound = breaking._write_parts

    def late(*args: Any) -> None:
        time.sleep(0.05)
        sound(*args)

    monkeypatch.setattr(breaking, "_write_parts", late)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch, slowly: None) -> None:
    """The naive way: the target is read, not taken."""
    rows = Target.objects.select_related(*queries.UNITS, "parent")
    monkeypatch.setattr(breaking, "locked", lambda target_id: rows.get(pk=target_id))


def both(people: People, target: Target) -> list[str]:
    """The manager gives 80 of 120 to one team, the deputy 80 to another."""
    keys = below(target)
    pairs = ((MANAGER, "营销一队"), (DEPUTY, "营销二队"))

    def part(who: str, name: str) -> Any:
        return lambda: actions.set_parts(target_id=target.pk, parts={keys[name]: year(80)}, by=people[who])

    return at_once(*(part(who, name) for who, name in pairs))


def given(target: Target) -> int:
    """What of January the parts carry."""
    rows = TargetMonth.objects.filter(target__parent=target).order_by("month")
    return int(sum(row.amount for row in rows if row.month.month == 1))


def test_of_two_who_break_down_more_than_there_is_one_is_refused(people: People, slowly: None) -> None:
    for _ in range(ROUNDS):
        target = root(people, put=False)
        assert sorted(both(people, target)) == ["done", "refused beyond_parent"]
        assert given(target) == 80
        Target.objects.filter(parent=target).delete()
        target.delete()


def test_without_the_lock_the_parts_would_be_more_than_the_target(people: People, without_lock: None) -> None:
    target = root(people, put=False)
    assert both(people, target) == ["done", "done"]
    assert given(target) == 160
