"""Two at one version, in real transactions: one confirms, one writes no more. Without the one lock it goes wrong."""

from __future__ import annotations

import time
from typing import Any

import pytest

from approvals.routes import actions
from approvals.routes.models import Route
from tests.approvals.requests.test_actions_races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def ground(transactional_db: None, subject: Any, office: Any) -> Any:
    return office


@pytest.fixture
def slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks takes a moment, so that the other could come between."""
    sound = actions._require_sound

    def late(*args: Any, **given: Any) -> None:
        time.sleep(0.05)
        sound(*args, **given)

    monkeypatch.setattr(actions, "_require_sound", late)


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch, slowly: None) -> None:
    """The naive way: the row is read, not taken."""
    monkeypatch.setattr(
        actions, "_locked", lambda route_id: Route.objects.select_related("branch", "proposed_by").get(pk=route_id)
    )


def two_confirm(office: Any) -> list[str]:
    other = office.world.person("third", roles=("channel_department",))
    route = office.propose(office.draft())
    seen = Route.objects.get(pk=route.pk).digest

    def confirm(who: Any) -> Any:
        return lambda: actions.confirm_route(route_id=route.pk, seen_digest=seen, by=who, reentered=True)

    return at_once(confirm(office.checker), confirm(other))


def test_of_two_confirmers_one_wins(ground: Any, slowly: None) -> None:
    for _ in range(ROUNDS):
        assert sorted(two_confirm(ground)) == ["done", "refused wrong_state"]
        Route.objects.all().update(state="dropped")


def test_without_the_lock_both_would_confirm(ground: Any, without_lock: None) -> None:
    assert two_confirm(ground) == ["done", "done"]


def test_what_is_written_while_it_is_sent_up_is_in_or_refused(ground: Any, slowly: None) -> None:
    """A stage dropped at the moment of sending up: either before, or not at all."""
    for _ in range(ROUNDS):
        route = ground.draft()
        result = at_once(
            lambda pk=route.pk: ground.propose(Route(pk=pk)),
            lambda pk=route.pk: actions.drop_stage(route_id=pk, code="two", by=ground.checker),
        )
        route = Route.objects.get(pk=route.pk)
        assert result[0] == "done"
        assert (result[1], len(route.stages)) in (("done", 2), ("refused wrong_state", 3))
        assert route.state == "proposed"
        Route.objects.all().update(state="dropped")


def test_two_drafts_at_once_get_two_versions(ground: Any) -> None:
    assert at_once(ground.draft, ground.draft, ground.draft) == ["done"] * 3
    assert sorted(Route.objects.values_list("version", flat=True)) == [1, 2, 3]
