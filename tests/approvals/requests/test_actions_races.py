"""Many signers at once, in real transactions. Each race has a negative control: without its lock the engine must go wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import DatabaseError, connection

from approvals.requests import actions, progress
from approvals.requests.actions import base
from approvals.requests.models import Decision, Request, Seat, Stage
from kernel.refusals import Refusal

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


@pytest.fixture
def ground(transactional_db: None, subject: Any, world: Any) -> Any:
    world.three_signers()
    world.subject = subject
    return world


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run the acts at the same moment in threads of their own; what became of each: done, refused, broken."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(10)
            act()
        except Refusal as refusal:
            return f"refused {refusal.code}"
        except DatabaseError:
            return "broken"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def without_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The naive engine: it reads the request without taking its row, and is a little slow to decide."""

    def unlocked(request_id: int) -> Request:
        return Request.objects.select_related("applicant", "branch", "route").get(pk=request_id)

    after = progress.after_decision

    def slowly(*args: Any) -> Any:
        time.sleep(0.05)
        return after(*args)

    monkeypatch.setattr(base, "locked", unlocked)
    monkeypatch.setattr(progress, "after_decision", slowly)


def sign(world: Any, request: Request, who: Any, act: str = "agree") -> Callable[[], Any]:
    opinion = "" if act == "agree" else "请改正"
    return lambda: actions.decide(request_id=request.pk, act=act, opinion=opinion, seen_digest="a" * 64, by=who)


# --- two signers of one seat ----------------------------------------------------------------------------------------
def one_seat(world: Any) -> list[list[str]]:
    second = world.person("second", roles=("chief_accountant",), branch=world.branch)
    world.route(world.stage("one", "single", world.at_branch("chief_accountant")))
    results = []
    for _ in range(ROUNDS):
        request = world.ask()
        results.append(at_once(sign(world, request, world.people["chief"]), sign(world, request, second)))
        assert Decision.objects.filter(request=request).count() == 1
        assert Request.objects.get(pk=request.pk).state == "approved"
    return results


def test_two_signers_of_one_seat_one_wins_and_the_other_is_told(ground: Any) -> None:
    for result in one_seat(ground):
        assert sorted(result) == ["done", "refused wrong_state"]
    assert len(ground.subject.calls) == ROUNDS


def test_control_without_the_lock_the_second_breaks_on_the_constraint(ground: Any, without_lock: None) -> None:
    assert "broken" in {word for result in one_seat(ground) for word in result}


# --- the last two of a 会签 -----------------------------------------------------------------------------------------
def last_two(world: Any) -> list[Request]:
    roles = ("chief_accountant", "deputy_manager", "branch_manager")
    world.route(world.stage("all", "all", *(world.at_branch(role) for role in roles)))
    requests = []
    for _ in range(ROUNDS):
        request = world.ask()
        world.sign(request, world.people["chief"])
        result = at_once(*(sign(world, request, world.people[key]) for key in ("deputy", "manager")))
        assert result == ["done", "done"]
        requests.append(Request.objects.get(pk=request.pk))
    return requests


def test_the_last_two_at_once_finish_the_request(ground: Any) -> None:
    assert {request.state for request in last_two(ground)} == {"approved"}
    assert sorted(ground.subject.calls) == sorted(("approved", r.number) for r in Request.objects.all())


def test_control_without_the_lock_the_request_is_stuck(ground: Any, without_lock: None) -> None:
    stuck = [request for request in last_two(ground) if request.state == "pending"]
    assert stuck
    assert not Seat.objects.filter(request__in=stuck, state="open").exists()


# --- signing against withdrawing -------------------------------------------------------------------------------------
def sign_and_withdraw(world: Any) -> list[tuple[Request, list[str]]]:
    world.route(world.stage("one", "single", world.at_branch("chief_accountant")))
    found = []
    for _ in range(ROUNDS):
        request = world.ask()

        def withdraw(pk: int = request.pk) -> None:
            actions.withdraw(request_id=pk, reason="不办了", by=world.applicant)

        result = at_once(sign(world, request, world.people["chief"]), withdraw)
        found.append((Request.objects.get(pk=request.pk), result))
    return found


def test_sign_against_withdraw_one_of_them_wins(ground: Any) -> None:
    for request, result in sign_and_withdraw(ground):
        outcome = {"approved": ["done", "refused wrong_state"], "withdrawn": ["refused wrong_state", "done"]}
        assert result == outcome[request.state]
        told = [what for what, number in ground.subject.calls if number == request.number]
        assert told == [request.state]
        assert not Stage.objects.filter(request=request, state="open").exists()


def test_control_without_the_lock_both_take_effect_or_block_each_other(ground: Any, without_lock: None) -> None:
    results = [result for _, result in sign_and_withdraw(ground)]
    assert ["done", "done"] in results or any("broken" in result for result in results)


# --- serials, and a crowd ---------------------------------------------------------------------------------------------
def test_many_submissions_at_once_number_without_gap(ground: Any) -> None:
    ground.route(ground.stage("one", "single", ground.at_branch("chief_accountant")))
    assert at_once(*(ground.ask for _ in range(8))) == ["done"] * 8
    assert sorted(int(r.number[-4:]) for r in Request.objects.all()) == list(range(1, 9))


def test_a_crowd_on_one_countersign_leaves_one_decision_each(ground: Any) -> None:
    crowd = [ground.person(f"signer{n}") for n in range(12)]
    ground.route(ground.stage("all", "all", {"people": [person.staff_no for person in crowd]}))
    request = ground.ask()
    result = at_once(*(sign(ground, request, person) for person in crowd for _ in range(2)))
    assert result.count("done") == 12
    assert Decision.objects.filter(request=request).count() == 12
    assert Request.objects.get(pk=request.pk).state == "approved"
