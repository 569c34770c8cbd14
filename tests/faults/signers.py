"""Many signers at the same moment: twenty of one seat, the last three and fifty of a 会签, one against a withdrawal."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from approvals.requests import actions, kinds, progress
from approvals.requests.actions import base
from approvals.requests.models import Decision, Request, Seat
from branch.people.models import Person
from kernel.refusals import Refusal
from tests.approvals.conftest import DIGEST, World
from tests.faults.checks import Checks, at_once

ROLES = ("chief_accountant", "deputy_manager", "branch_manager")
SIGNERS, CROWD = 20, 50


class Ground:
    """The approval tests' small branch, and a kind that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.world = World()
        self.world.three_signers()
        holders = [self.world.person(f"holder{at}", roles=(ROLES[0],), branch=self.world.branch) for at in range(1, SIGNERS)]
        self.holders = [self.world.people["chief"], *holders]
        self.crowd = [self.world.person(f"one of the crowd {at}") for at in range(CROWD)]
        for code in ("seat", "all", "crowd"):
            kinds.register(self._kind(code))
        one = self.world.stage("one", "single", self.world.at_branch("chief_accountant"))
        every = self.world.stage("all", "all", *(self.world.at_branch(role) for role in ROLES))
        self.world.route(one, kind="seat")
        self.world.route(every, kind="all")
        named = self.world.stage("all", "all", {"people": [person.staff_no for person in self.crowd]})
        self.world.route(named, kind="crowd")

    def _kind(self, code: str) -> kinds.Kind:
        def tell(what: str) -> Callable[[Request, Person], None]:
            return lambda request, by: self.told.append((what, request.pk))

        return kinds.Kind(
            code=code,
            label="试办事项",
            describe=lambda request: kinds.Document(facts=[], url="/"),
            on_approved=tell("approved"),
            on_returned=tell("returned"),
            on_rejected=tell("rejected"),
            on_withdrawn=tell("withdrawn"),
            may_sign=lambda person, request: None,
            may_see=lambda person, request: True,
            digest=lambda request: request.content_digest,
        )

    def sign(self, request: Request, who: Person) -> Callable[[], Any]:
        return lambda: actions.decide(request_id=request.pk, act="agree", opinion="", seen_digest=DIGEST, by=who)

    def one_seat(self, rounds: int) -> list[str]:
        wrong = []
        for _ in range(rounds):
            request = self.world.ask(kind="seat")
            words = at_once(*(self.sign(request, who) for who in self.holders))
            signed, state = Decision.objects.filter(request=request).count(), Request.objects.get(pk=request.pk).state
            told = self.told.count(("approved", request.pk))
            if words.count("done") != 1 or any("broken" in word for word in words) or (signed, state, told) != (1, "approved", 1):
                wrong.append(f"{words}, {signed} decisions, {state}, told {told} ×")
        return wrong

    def last_three(self, rounds: int) -> list[str]:
        wrong = []
        for _ in range(rounds):
            request = self.world.ask(kind="all")
            words = at_once(*(self.sign(request, self.world.people[key]) for key in ("chief", "deputy", "manager")))
            state, told = Request.objects.get(pk=request.pk).state, self.told.count(("approved", request.pk))
            open_seats = Seat.objects.filter(request=request, state="open").count()
            if words != ["done"] * 3 or (state, told, open_seats) != ("approved", 1, 0):
                wrong.append(f"{words}, {state}, told {told} ×, {open_seats} open seats")
        return wrong

    def fifty(self, rounds: int) -> list[str]:
        """Each of the fifty presses twice; the second press finds the seat signed."""
        wrong = []
        for _ in range(rounds):
            request = self.world.ask(kind="crowd")
            words = at_once(*(self.sign_twice(request, who) for who in self.crowd))
            signers = list(Decision.objects.filter(request=request).values_list("signer", flat=True))
            state, told = Request.objects.get(pk=request.pk).state, self.told.count(("approved", request.pk))
            if words != ["done"] * CROWD or (len(signers), len(set(signers)), state, told) != (CROWD, CROWD, "approved", 1):
                odd = next((word for word in words if word != "done"), "")
                wrong.append(f"{words.count('done')} done, {len(signers)} decisions, {state}, told {told} ×, {odd}")
        return wrong

    def sign_twice(self, request: Request, who: Person) -> Callable[[], Any]:
        def act() -> None:
            self.sign(request, who)()
            try:
                self.sign(request, who)()
            except Refusal:
                return
            raise RuntimeError("signed twice")

        return act

    def against_withdrawal(self, rounds: int) -> list[str]:
        wrong, applicant = [], self.world.applicant
        for _ in range(rounds):
            request = self.world.ask(kind="seat")
            words = at_once(
                self.sign(request, self.world.people["chief"]),
                lambda pk=request.pk: actions.withdraw(request_id=pk, reason="不办了", by=applicant),
            )
            state = Request.objects.get(pk=request.pk).state
            told = [what for what, pk in self.told if pk == request.pk]
            if words.count("done") != 1 or any("broken" in word for word in words) or told != [state]:
                wrong.append(f"{words}, {state}, told {told}")
        return wrong


def run(checks: Checks, folder: Path, reduced: bool) -> None:
    rounds = 10 if reduced else 100
    ground = Ground()
    races = {
        f"{SIGNERS} signers of one seat: one signature, one 办结": ground.one_seat,
        "the last three of a 会签: finished, none stuck": ground.last_three,
        f"{CROWD} of one 会签, pressing twice: one decision each, one 办结": ground.fifty,
        "sign against withdraw: one of them wins": ground.against_withdrawal,
    }
    for name, race in races.items():
        wrong = race(rounds)
        checks.check(name, not wrong, "; ".join(wrong[:3]) or f"{rounds} rounds")
    with _without_lock():
        for name, race in races.items():
            wrong = race(min(rounds, 10))
            said = wrong[0][:160] if wrong else "nothing went wrong"
            checks.control(f"control, without the request's lock: {name.split(':')[0]}", bool(wrong), said)


class _without_lock:
    """The naive engine: it reads the request without taking its row, and is a little slow to decide."""

    def __enter__(self) -> None:
        self._locked, self._after = base.locked, progress.after_decision

        def unlocked(request_id: int) -> Request:
            return Request.objects.select_related("applicant", "branch", "route").get(pk=request_id)

        def slowly(*given: Any) -> Any:
            time.sleep(0.05)
            return self._after(*given)

        base.locked, progress.after_decision = unlocked, slowly

    def __exit__(self, *_: object) -> None:
        base.locked, progress.after_decision = self._locked, self._after
