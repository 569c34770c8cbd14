"""Two people at one signed agreement at the same moment, on PostgreSQL: the agreement's row is the lock of its corrections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, connection

from branch.org.models import Outlet
from kernel.refusals import Refusal
from teams.plans.marketing import actions
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement
from tests.factories.branch import People
from tests.factories.marketing import LEADER, MANAGER, plan_world
from tests.teams.plans.marketing.test_corrections import DEPUTY, LONGER, OLD, WORDS, proposed

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def people() -> People:
    return plan_world()[0]


@pytest.fixture
def row(people: People) -> CooperationAgreement:
    outlet = Outlet.objects.create(branch=people.branch, name="建行福田支行")
    return actions.enter_agreement(outlet=outlet, **WORDS, file=OLD, file_name="协议.pdf", by=people[LEADER])


def both(*acts: Callable[[], Any]) -> list[str]:
    """How each of the acts at the same moment ended: done, or the refusal's code."""
    gate = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        try:
            gate.wait()
            act()
            return "done"
        except Refusal as refusal:
            return refusal.code
        except IntegrityError:
            return "constraint"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def test_of_two_who_propose_at_once_one_waits(people: People, row: CooperationAgreement) -> None:
    assert both(*(lambda by=by: proposed(row, people[by]) for by in (LEADER, DEPUTY))) == ["done", "second_proposal"]
    assert AgreementCorrection.objects.get().state == "proposed"


def test_of_a_yes_and_a_no_at_once_one_counts(people: People, row: CooperationAgreement) -> None:
    correction = proposed(row, people[LEADER])
    answers = both(
        lambda: actions.confirm_correction(correction_id=correction.pk, by=people[MANAGER]),
        lambda: actions.decline_correction(correction_id=correction.pk, reason="没有盖章", by=people[DEPUTY]),
    )
    assert answers == ["done", "wrong_state"]
    row.refresh_from_db()
    confirmed = AgreementCorrection.objects.get().state == "confirmed"
    assert (row.valid_to == LONGER["valid_to"]) is confirmed
