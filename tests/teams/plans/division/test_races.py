"""Two leaders at one client, in real transactions: one proposal waits, the other is told why not. Without the lock it breaks."""

from __future__ import annotations

import time

import pytest

from teams.plans.division import actions
from teams.plans.division.models import DivisionProposal, ProposedClient
from tests.approvals.requests.test_actions_races import at_once
from tests.teams.plans.division.test_actions import (  # noqa: F401
    DEVELOPER,
    LEADER,
    MANAGER,
    SERVICE,
    in_october,
    people,
    proposed,
    state_of,
)

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


@pytest.fixture
def slowly(monkeypatch):
    """Whoever has looked for another's proposal takes a moment, so that the other could come between."""
    sound = actions.require_shares

    def late(*args, **given):
        time.sleep(0.05)
        sound(*args, **given)

    monkeypatch.setattr(actions, "require_shares", late)


def two_propose(people):  # noqa: F811
    return sorted(at_once(*(lambda who=who: proposed(people, "1", "2", by=who) for who in (LEADER, MANAGER))))


def test_of_two_proposals_for_one_client_one_waits(transactional_db, people, slowly):  # noqa: F811
    for _ in range(ROUNDS):
        assert two_propose(people) == ["done", "refused clients"]
        ProposedClient.objects.update(waiting=False)
        DivisionProposal.objects.update(state="dropped")


def test_without_the_lock_the_second_would_break(transactional_db, people, slowly, monkeypatch):  # noqa: F811
    monkeypatch.setattr(actions, "hold_clients", lambda clients: None)
    assert two_propose(people) == ["broken", "done"]


def test_both_agree_at_the_same_moment_and_it_is_sent_up_once(transactional_db, people):  # noqa: F811
    for _ in range(ROUNDS):
        row = proposed(people, "1")
        answers = (lambda who=who, pk=row.pk: actions.agree(proposal_id=pk, by=people[who]) for who in (DEVELOPER, SERVICE))
        assert at_once(*answers) == ["done", "done"]
        assert state_of(row) == "approving"
        ProposedClient.objects.update(waiting=False)
