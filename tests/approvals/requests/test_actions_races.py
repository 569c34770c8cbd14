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
SIGNERS, CROWDED_ROUNDS = 20, 5


@pytest.fixture
def ground(transactional_db: None, subject: Any, world: Any, kind_with: Any) -> Any:
    world.three_signers()
    world.kind_with = kind_with
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


# --- twenty signers of one seat ---------------------------------------------------------------------------------------
def one_seat(world: Any) -> list[list[str]]:
    others = [world.person(f"other{n}", roles=("chief_accountant",), branch=world.branch) for n in range(SIGNERS - 1)]
    world.route(world.stage("one", "single", world.at_branch("chief_accountant")))
    results = []
    for _ in range(CROWDED_ROUNDS):
        request = world.ask()
        results.append(at_once(*(sign(world, request, who) for who in (world.people["chief"], *others))))
        assert Decision.objects.filter(request=request).count() == 1
        assert Request.objects.get(pk=request.pk).state == "approved"
    return results


def test_twenty_signers_of_one_seat_one_wins_and_the_others_are_told(ground: Any) -> None:
    for result in one_seat(ground):
        assert sorted(result) == ["done"] + ["refused wrong_state"] * (SIGNERS - 1)
    assert len(ground.subject.calls) == CROWDED_ROUNDS


def test_control_without_the_lock_the_second_breaks_on_the_constraint(ground: Any, without_lock: None) -> None:
    assert "broken" in {word for result in one_seat(ground) for word in result}


# --- the last three of a 会签 -----------------------------------------------------------------------------------------
def last_three(world: Any) -> list[Request]:
    roles = ("chief_accountant", "deputy_manager", "branch_manager", "trade_admin")
    world.person("first", roles=("trade_admin",), branch=world.branch)
    world.route(world.stage("all", "all", *(world.at_branch(role) for role in roles)))
    requests = []
    for _ in range(ROUNDS):
        request = world.ask()
        world.sign(request, world.people["first"])
        result = at_once(*(sign(world, request, world.people[key]) for key in ("chief", "deputy", "manager")))
        assert result == ["done"] * 3
        requests.append(Request.objects.get(pk=request.pk))
    return requests


def test_the_last_three_at_once_finish_the_request(ground: Any) -> None:
    assert {request.state for request in last_three(ground)} == {"approved"}
    assert sorted(ground.subject.calls) == sorted(("approved", r.number) for r in Request.objects.all())


def test_control_without_the_lock_the_request_is_stuck(ground: Any, without_lock: None) -> None:
    stuck = [request for request in last_three(ground) if request.state == "pending"]
    assert stuck
    assert not Seat.objects.filter(request__in=stuck, state="open").exists()


# --- handing over against signing -------------------------------------------------------------------------------------
def transfer_and_sign(world: Any) -> list[tuple[Request, list[str]]]:
    world.kind_with(transferable=True)
    heir = world.person("heir")
    world.route(world.stage("one", "single", world.at_branch("chief_accountant")))
    found = []
    for _ in range(ROUNDS):
        request = world.ask()

        def hand_over(pk: int = request.pk) -> None:
            actions.transfer(request_id=pk, to=heir, reason="外出", by=world.people["chief"])

        result = at_once(sign(world, request, world.people["chief"]), hand_over)
        found.append((Request.objects.get(pk=request.pk), result))
    return found


def test_transfer_against_sign_one_of_them_wins(ground: Any) -> None:
    for request, result in transfer_and_sign(ground):
        seat, signed = Seat.objects.get(request=request), Decision.objects.filter(request=request).count()
        if result[0] == "done":
            assert result[1] == "refused wrong_state"
            assert (request.state, seat.state, seat.person, signed) == ("approved", "signed", None, 1)
        else:
            assert result == ["refused not_your_seat", "done"]
            assert (request.state, seat.state, seat.person, signed) == ("pending", "open", ground.people["heir"], 0)


def test_control_without_the_lock_a_signed_seat_is_handed_over(ground: Any, without_lock: None) -> None:
    results = [result for _, result in transfer_and_sign(ground)]
    assert ["done", "done"] in results or any("broken" in result for result in results)


# --- taking away against signing --------------------------------------------------------------------------------------
def drop_and_sign(world: Any) -> list[tuple[Request, list[str]]]:
    people = {key: world.person(key) for key in ("reviewer", "one", "two")}
    numbers = [people[key].staff_no for key in ("one", "two")]
    world.route(
        world.stage("review", "single", {"people": [people["reviewer"].staff_no]}),
        {"code": "all", "label": "会签", "mode": "all", "chosen_by": "review", "choices": [{"people": numbers}]},
    )
    found = []
    for _ in range(ROUNDS):
        request = world.ask()
        world.sign(request, people["reviewer"], chosen={"all": [f"person:{number}" for number in numbers]})
        world.sign(request, people["one"])
        seat = Seat.objects.get(request=request, person=people["two"])

        def drop(pk: int = request.pk, seat_id: int = seat.pk) -> None:
            actions.drop_signer(request_id=pk, seat_id=seat_id, reason="不必", by=people["reviewer"])

        result = at_once(sign(world, request, people["two"]), drop)
        found.append((Request.objects.get(pk=request.pk), result))
    return found


def test_drop_against_sign_one_of_them_wins_and_the_request_ends_once(ground: Any) -> None:
    for request, result in drop_and_sign(ground):
        assert result in (["done", "refused wrong_state"], ["refused wrong_state", "done"])
        assert request.state == "approved"
        assert Decision.objects.filter(request=request).count() == (3 if result[0] == "done" else 2)
        assert ground.subject.calls.count(("approved", request.number)) == 1


def test_control_without_the_lock_it_ends_twice_or_breaks(ground: Any, without_lock: None) -> None:
    results = [result for _, result in drop_and_sign(ground)]
    assert ["done", "done"] in results or any("broken" in result for result in results)


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
