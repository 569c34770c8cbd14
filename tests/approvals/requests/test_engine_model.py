"""The engine against a model of a few lines (`paper.py`): any sequence of acts leaves both in the same state.

ENGINE_EXAMPLES and ENGINE_STEPS ask for more, and for others each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from approvals.requests import actions
from approvals.requests.models import CopyTo, Decision, Request, Seat, Stage, Voice
from approvals.requests.states import SEAT_MOVES, STAGE_MOVES
from approvals.routes.models import Delegation
from approvals.routes.seating import claims
from kernel.refusals import Refusal
from kernel.transitions import Moves
from tests.approvals.requests.paper import POOLS, Paper, Sheet

SIGNERS = "abcdefg"
ROLES = {"X": "chief_accountant", "Y": "deputy_manager"}
MODES = ("single", "all", "any", "in_turn", "vote", "read")
ONE_SIGNS = ("single", "any")
ACTS = ["agree", "agree", "agree", "return", "reject"]
EXAMPLES, STEPS = int(os.environ.get("ENGINE_EXAMPLES", "40")), int(os.environ.get("ENGINE_STEPS", "12"))


@pytest.fixture
def ground(world: Any, kind_with: Any) -> Any:
    kind_with(transferable=True)
    for name in SIGNERS:
        roles = tuple(ROLES[pool] for pool, who in POOLS.items() if name in who)
        world.person(name, roles=roles, branch=world.branch)
    return world


def sheets() -> st.SearchStrategy[list[Sheet]]:
    """One to three stages; one that follows a 单签 or 或签 may be chosen by it."""
    names = st.lists(st.sampled_from([*SIGNERS, *POOLS]), min_size=1, max_size=3, unique=True)
    returns = st.sampled_from(["at_once", "after_all"])
    share, flag = st.sampled_from([34, 60, 100]), st.booleans()
    one = st.builds(Sheet, st.sampled_from(MODES), returns, names, flag, share, flag, flag)
    return st.lists(one, min_size=1, max_size=3).map(_in_order)


def _in_order(found: list[Sheet]) -> list[Sheet]:
    for before, sheet in zip([None, *found], found, strict=False):
        sheet.chosen = sheet.chosen and before is not None and before.mode in ONE_SIGNS and sheet.mode != "read"
        sheet.names = [] if sheet.chosen else sheet.names[:1] if sheet.mode == "single" else sheet.names
    return found


def machine(world: Any) -> type[RuleBasedStateMachine]:
    def named(names: str | list[str]) -> list[dict[str, Any]]:
        roles = {name: {"role": role, "at": "branch"} for name, role in ROLES.items()}
        return [roles.get(name) or {"people": [world.people[name].staff_no]} for name in names]

    def stage(i: int, sheet: Sheet) -> dict[str, Any]:
        share = {"share": sheet.share} if sheet.mode == "vote" else {}
        after = {"on_return": sheet.on_return, "after_return": "resume" if sheet.resume else "restart"}
        who: dict[str, Any] = {"signers": named(sheet.names)}
        if sheet.chosen:
            who = {"chosen_by": f"s{i - 1}", "choices": named(SIGNERS), "may_be_none": sheet.may_be_none}
        return {"code": f"s{i}", "label": f"s{i}", "mode": sheet.mode, **(after if sheet.mode != "read" else {}), **share, **who}

    class Engine(RuleBasedStateMachine):
        model: Paper | None = None

        @initialize(plan=sheets())
        def submit(self, plan: list[Sheet]) -> None:
            Delegation.objects.all().delete()
            self.before: dict[str, dict[int, str]] = {}
            world.versions = getattr(world, "versions", 0) + 1
            world.route(*(stage(i, sheet) for i, sheet in enumerate(plan)), version=world.versions)
            model = Paper(plan)
            able = model.begin(0)
            try:
                self.request = world.ask()
            except Refusal:
                assert not able, "the engine refused a route that the model can walk"
                return
            assert able, "the engine took a route that nobody can walk"
            self.model = model

        def alive(self) -> bool:
            return self.model is not None

        def both(self, on_paper: Callable[[Paper], bool], act: Callable[[], Any]) -> None:
            """Do it on paper and in the engine: allowed in both, or in neither; a refusal changes nothing."""
            tried = deepcopy(self.model)
            assert tried is not None
            allowed = on_paper(tried)
            try:
                with transaction.atomic():
                    act()
            except Refusal as refusal:
                said = str(refusal)
            else:
                said = ""
            if said:
                assert not allowed, f"the engine refused what the model allows: {said}"
                return
            assert allowed, "the engine allowed what the model refuses"
            self.model = tried

        def signing(self, name: str, act: str, names: list[str], to: int | None) -> None:
            assert self.model is not None
            must = act == "agree" and self.model.names_next(name)
            chosen = {f"s{self.model.at + 1}": [f"person:{world.people[one].staff_no}" for one in names]} if must else None
            more = {"to_stage": f"s{to}"} if to is not None else {}
            self.both(
                lambda paper: paper.sign(name, act, chosen=names, to=to),
                lambda: world.sign(self.request, world.people[name], act, opinion="意见", chosen=chosen, **more),
            )

        some = st.lists(st.sampled_from(SIGNERS), min_size=1, max_size=3, unique=True)

        @precondition(lambda self: self.alive() and self.model.waiting())
        @rule(data=st.data(), act=st.sampled_from(["agree", "agree", "return"]), names=some)
        def sign_in_order(self, data: st.DataObject, act: str, names: list[str]) -> None:
            """Somebody who is asked answers: the way most requests go."""
            self.signing(data.draw(st.sampled_from(self.model.waiting())), act, names, None)

        @precondition(alive)
        @rule(
            name=st.sampled_from(SIGNERS), act=st.sampled_from(ACTS), names=some | st.just([]), to=st.none() | st.integers(0, 2)
        )
        def sign(self, name: str, act: str, names: list[str], to: int | None) -> None:
            self.signing(name, act, names, to)

        @precondition(lambda self: self.alive() and self.model.state == "pending")
        @rule(principal=st.sampled_from(SIGNERS), deputy=st.sampled_from(SIGNERS))
        def lend(self, principal: str, deputy: str) -> None:
            """委托: on paper one principal a deputy, so a second one isn't tried."""
            today = timezone.localdate()
            if deputy not in self.model.lent:
                given = {"kinds": [], "since": today, "until": today, "reason": "出差"}
                self.both(
                    lambda paper: paper.lend(principal, deputy),
                    lambda: actions.delegate(to=world.people[deputy], by=world.people[principal], **given),
                )

        @precondition(lambda self: self.alive() and self.model.waiting() and self.model.at > 0)
        @rule(data=st.data())
        def step_back(self, data: st.DataObject) -> None:
            name = data.draw(st.sampled_from(self.model.waiting()))
            self.signing(name, "return", [], data.draw(st.integers(0, self.model.at - 1)))

        @precondition(lambda self: self.alive() and self.model.waiting())
        @rule(data=st.data(), to=st.sampled_from(SIGNERS))
        def transfer(self, data: st.DataObject, to: str) -> None:
            name = data.draw(st.sampled_from(self.model.waiting()))
            given = {"request_id": self.request.pk, "to": world.people[to], "reason": "外出", "by": world.people[name]}
            self.both(lambda paper: paper.transfer(name, to), lambda: actions.transfer(**given))

        @precondition(lambda self: self.alive() and self.model.waiting())
        @rule(data=st.data(), to=st.sampled_from(SIGNERS), how=st.sampled_from(["before", "after", "beside"]))
        def add(self, data: st.DataObject, to: str, how: str) -> None:
            name = data.draw(st.sampled_from(self.model.waiting()))
            given = {"request_id": self.request.pk, "people": [world.people[to]], "how": how, "reason": "请看"}
            self.both(lambda paper: paper.add(name, to, how), lambda: actions.add_signer(by=world.people[name], **given))

        @precondition(alive)
        @rule(by=st.sampled_from(SIGNERS), name=st.sampled_from(SIGNERS))
        def drop(self, by: str, name: str) -> None:
            unsigned = Seat.objects.filter(request=self.request, person=world.people[name], state__in=["open", "waiting"])
            seat = unsigned.order_by("stage__position", "anchor", "position").first()
            if seat is not None:
                given = {"request_id": self.request.pk, "seat_id": seat.pk, "reason": "不必", "by": world.people[by]}
                self.both(lambda paper: paper.drop(by, name), lambda: actions.drop_signer(**given))

        @precondition(lambda self: self.alive() and self.model.state == "returned")
        @rule()
        def resubmit(self) -> None:
            given = {"request_id": self.request.pk, "content_digest": "b" * 64, "facts": {}, "by": world.applicant}
            self.both(lambda paper: paper.resubmit(), lambda: actions.resubmit(**given))

        @rule()
        def look(self) -> None:
            """Nothing: a route that nobody can walk leaves nothing else to do."""

        @precondition(lambda self: self.alive() and self.model.round > 1)
        @rule()
        def withdraw(self) -> None:
            given = {"request_id": self.request.pk, "reason": "不办了", "by": world.applicant}
            self.both(lambda paper: paper.withdraw(), lambda: actions.withdraw(**given))

        @invariant()
        def compare(self) -> None:
            """Both stand alike, and what the engine keeps beside its decisions agrees with them."""
            if self.model is None:
                return
            request, people = Request.objects.get(pk=self.request.pk), [world.people[name] for name in SIGNERS]
            assert (request.state, request.round) == (self.model.state, self.model.round)
            for person in people:
                person.__dict__.pop("_signs_for", None)
            waiting = [p.name for p in people if Request.objects.waiting_for(p).filter(pk=request.pk).exists()]
            assert waiting == self.model.waiting()
            spoken = [name for names in self.model.said for name in names]
            assert len(spoken) == len(set(spoken)), "somebody signed twice"
            signed = Decision.objects.filter(request=request, round=request.round)
            assert {d.signer.name for d in signed} <= set(spoken)
            if request.state == "pending":
                assert waiting, "nobody can go on"
            self.moved("stage", STAGE_MOVES, Stage.objects.filter(request=request))
            self.moved("seat", SEAT_MOVES, Seat.objects.filter(request=request))
            self.voices(request, spoken)

        def voices(self, request: Request, spoken: list[str]) -> None:
            rows = Voice.objects.filter(request=request).values_list("person__name", flat=True)
            assert sorted(rows) == (sorted(spoken) if request.state == "pending" else [])

        def moved(self, what: str, moves: Moves, rows: Any) -> None:
            """Every state changed along the table."""
            now = dict(rows.values_list("pk", "state"))
            for pk, state in self.before.get(what, {}).items():
                assert now.get(pk, "void") in _reached(moves, state), f"{what}: {state} → {now.get(pk)}"
            self.before[what] = now

        def teardown(self) -> None:
            if self.model is None:
                return
            copied = set(CopyTo.objects.filter(request=self.request).exclude(stage="").values_list("person__name", flat=True))
            assert copied == self.model.readers
            mine = Request.objects.filter(pk=self.request.pk)
            for name in SIGNERS:
                person = world.people[name]
                own = [set(Seat.objects.open_by(claim).values_list("pk", flat=True)) for claim in claims(person)]
                assert set(Seat.objects.open_to(person).values_list("pk", flat=True)) == set().union(*own)
                assert mine.visible_to(person).exists() == mine.gathered_for(person).exists()

    return Engine


def _reached(moves: Moves, state: str) -> set[str]:
    """What one act or several in a row may make of a state."""
    found = {state}
    while more := {after for (before, _), after in moves.table.items() if before in found} - found:
        found |= more
    return found


@pytest.mark.slow
def test_engine_and_model_agree(ground: Any) -> None:
    more = {"max_examples": EXAMPLES, "stateful_step_count": STEPS, "derandomize": "ENGINE_EXAMPLES" not in os.environ}
    checks = settings(deadline=None, suppress_health_check=list(HealthCheck), **more)
    run_state_machine_as_test(machine(ground), settings=checks)
