"""Two people settle one item of a leaver's at once, in real transactions; without its guards the race goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from payroll.corrections.actions import settlements
from payroll.corrections.actions.settlements import Settling
from payroll.corrections.leavers import leavers_in
from payroll.corrections.models import OutsideSettlement
from tests.factories.branch import People
from tests.factories.runs import AUGUST, paid_run, ready_small_branch
from tests.payroll.corrections.test_races import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


@pytest.fixture
def people(transactional_db: None) -> People:
    found = ready_small_branch()
    paid_run(found, AUGUST)
    found["600101"].engagements.update(ended_on=AUGUST.last)
    return found


def _registered(people: People, amount: Decimal) -> OutsideSettlement:
    (leaver,) = leavers_in([people.branch])
    given = Settling(amount, date(2026, 9, 10), "transfer", "转账", "记-1", tax=Decimal(0))
    return settlements.propose_settlement(slip_id=leaver.slip.pk, key="lots", given=given, by=people["600002"])


def two_registrations(people: People) -> set[tuple[str, ...]]:
    (leaver,) = leavers_in([people.branch])
    whole = leaver.item("lots").left
    results = set()
    for _ in range(ROUNDS):
        told = at_once(lambda: _registered(people, whole), lambda: _registered(people, whole))
        waiting = list(OutsideSettlement.objects.filter(state="proposed"))
        results.add((*told, str(len(waiting))))
        for row in waiting:
            settlements.reject_settlement(settlement_id=row.pk, reason="下一轮", by=people["600002"])
    return results


def test_of_two_registrations_of_one_item_one_stands(people: People) -> None:
    assert two_registrations(people) == {("done", "refused", "1")}


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The naive way: only the look before the leap."""
    monkeypatch.setattr(settlements, "lock_branch", lambda branch: None)
    constraint = next(one for one in OutsideSettlement._meta.constraints if one.name == "settlement_one_pending")
    with connection.schema_editor() as editor:
        editor.remove_constraint(OutsideSettlement, constraint)
    yield
    with connection.schema_editor() as editor:
        editor.add_constraint(OutsideSettlement, constraint)


def test_control_without_the_guards_two_stand(people: People, unguarded: None) -> None:
    assert "2" in {result[-1] for result in two_registrations(people)}


def test_of_two_confirmations_of_one_registration_one_counts(people: People) -> None:
    for _ in range(ROUNDS):
        row = _registered(people, Decimal("0.01"))
        told = at_once(
            lambda row=row: settlements.confirm_settlement(settlement_id=row.pk, by=people["600003"]),  # type: ignore[misc]
            lambda row=row: settlements.confirm_settlement(settlement_id=row.pk, by=people["600004"]),  # type: ignore[misc]
        )
        assert told == ["done", "refused"]
    (leaver,) = leavers_in([people.branch])
    item = leaver.item("lots")
    assert item.settled == Decimal("0.01") * ROUNDS
    assert item.settled + item.left == item.owed
