"""Two people at once, in real transactions. Each race has a negative control: without its guard it must go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection

from approvals.routes.models import Route
from branch.audit.models import AuditRow
from branch.people.models import Person
from clients.registry.models import Relation
from kernel.refusals import Refusal
from teams.plans.moves import actions, handing
from teams.plans.moves.models import Handover, HandoverReceipt, Leaving, Move
from tests.factories.branch import People
from tests.factories.moves import (
    CLERK,
    COLLEAGUE,
    HR,
    LEADER,
    MANAGER,
    MEMBER,
    approved_leaving,
    hand_all,
    moves_world,
    planned,
    put_sign,
    signed_by_all,
)

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 6


@pytest.fixture
def people(transactional_db: None) -> People:
    return moves_world()


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at the same moment in threads of their own; what became of each: done, refused, broken."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(10)
            act()
        except Refusal:
            return "refused"
        except DatabaseError:
            return "broken"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


# --- two moves of one person -------------------------------------------------------------------------------------------
def two_moves(people: People) -> list[tuple[list[str], int]]:
    results = []
    for _ in range(ROUNDS):
        told = at_once(lambda: planned(people), lambda: planned(people, by=MANAGER))
        results.append((told, Move.objects.open().count()))  # type: ignore[attr-defined]
        Move.objects.update(state="cancelled")
    return results


def test_of_two_moves_of_one_person_one_is_planned(people: People) -> None:
    assert all(result == (["done", "refused"], 1) for result in two_moves(people))


@pytest.fixture
def without_index_and_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The naive act: only the look before the leap."""
    look = actions._require_none_open

    def slowly(person: Person) -> None:
        look(person)
        time.sleep(0.2)

    monkeypatch.setattr(actions, "_require_none_open", slowly)
    monkeypatch.setattr(actions.Person.objects, "select_for_update", lambda **_: Person.objects.all(), raising=False)
    constraint = next(one for one in Move._meta.constraints if one.name == "move_one_open")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Move, constraint)
    yield
    with connection.schema_editor() as editor:
        editor.add_constraint(Move, constraint)


def test_control_without_index_and_lock_two_stand_side_by_side(people: People, without_index_and_lock: None) -> None:
    assert 2 in [count for _, count in two_moves(people)]


# --- two signatures, the last of which completes ----------------------------------------------------------------------
def two_last_signatures(people: People) -> list[tuple[list[str], int, int]]:
    """The witness presses twice at the same moment; how often the clients were handed over."""
    leaving = approved_leaving(people)
    handover = leaving.handover
    hand_all(people, handover)
    put_sign(handover, people[MEMBER])
    put_sign(handover, people[COLLEAGUE])
    told = at_once(lambda: put_sign(handover, people[LEADER]), lambda: put_sign(handover, people[LEADER]))
    handed = AuditRow.objects.filter(act="registry.hand_over").count()
    signed = AuditRow.objects.filter(act="plans.handover_complete").count()
    return [(told, handed, signed)]


def test_a_list_is_completed_once(people: People) -> None:
    assert two_last_signatures(people) == [(["done", "refused"], 1, 1)]
    assert set(Relation.objects.filter(to_month=None).values_list("manager__staff_no", flat=True)) == {COLLEAGUE}


def unlocked_list(handover_id: int) -> Handover:
    found = Handover.objects.select_related(
        "branch", "team", "giver", "witness", "move__person", "leaving__person", "leaving__made_by"
    ).get(pk=handover_id)
    time.sleep(0.2)
    return found


def test_control_without_the_lists_lock_it_is_completed_twice(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing, "locked_list", unlocked_list)
    told, _, completed = two_last_signatures(people)[0]
    assert (told, completed) == (["done", "done"], 2)


# --- signing while the list is arranged anew --------------------------------------------------------------------------
def sign_and_begin_anew(people: People) -> list[tuple[bool, bool]]:
    """After each round: whether the list is complete, and whether the receiver's signature is there."""
    results = []
    for number in range(ROUNDS):
        who = ("600109", "600106", "600110", "600111", "600112", "600113")[number]
        leaving = approved_leaving(people, who=who)
        handover = leaving.handover
        put_sign(handover, people[who])
        at_once(
            lambda one=handover: put_sign(one, people[LEADER]),
            lambda one=handover: handing.begin_anew(handover_id=one.pk, reason="再议", by=people[MANAGER]),
        )
        found = Handover.objects.get(pk=handover.pk)
        results.append((found.completed_at is not None, found.giver_signed_at is not None))
    return results


def test_a_completed_list_keeps_its_signatures(people: People) -> None:
    assert all(complete == signed for complete, signed in sign_and_begin_anew(people))
    assert not HandoverReceipt.objects.exists()


# --- closing against closing ------------------------------------------------------------------------------------------
def two_closes(people: People) -> tuple[list[str], int]:
    leaving = approved_leaving(people)
    hand_all(people, leaving.handover)
    signed_by_all(people, leaving.handover, COLLEAGUE)
    told = at_once(
        lambda: actions.close_leaving(leaving_id=leaving.pk, by=people[HR]),
        lambda: actions.close_leaving(leaving_id=leaving.pk, by=people[CLERK]),
    )
    return told, AuditRow.objects.filter(act="plans.leaving_close").count()


def test_a_leaving_is_closed_once(people: People) -> None:
    assert two_closes(people) == (["done", "refused"], 1)
    assert Leaving.objects.get().state == "closed"
    assert Route.objects.filter(kind="leaving").exists()
