"""The engine against a model of a few lines (`paper.py`): any sequence of acts leaves both in the same state."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from approvals.requests import actions
from approvals.requests.models import Decision, Request, Seat
from kernel.refusals import Refusal
from tests.approvals.requests.paper import Paper, Sheet

SIGNERS = "abcdefg"
MODES = ("all", "any", "in_turn", "vote")
ACTS = ["agree", "agree", "agree", "return", "reject"]


@pytest.fixture
def ground(world: Any, kind_with: Any) -> Any:
    kind_with(transferable=True)
    for name in SIGNERS:
        world.person(name)
    return world


def sheets() -> st.SearchStrategy[list[Sheet]]:
    """One to three stages; one that follows an 或签 may be chosen by it."""
    names = st.lists(st.sampled_from(SIGNERS), min_size=1, max_size=3, unique=True)
    returns = st.sampled_from(["at_once", "after_all"])
    one = st.builds(Sheet, st.sampled_from(MODES), returns, names, st.booleans(), st.sampled_from([34, 60, 100]))
    return st.lists(one, min_size=1, max_size=3).map(_in_order)


def _in_order(found: list[Sheet]) -> list[Sheet]:
    for before, sheet in zip([None, *found], found, strict=False):
        sheet.chosen = sheet.chosen and before is not None and before.mode == "any"
        sheet.names = [] if sheet.chosen else sheet.names
    return found


def machine(world: Any) -> type[RuleBasedStateMachine]:
    def named(names: str | list[str]) -> list[dict[str, Any]]:
        return [{"people": [world.people[name].staff_no for name in names]}]

    def stage(i: int, sheet: Sheet) -> dict[str, Any]:
        share = {"share": sheet.share} if sheet.mode == "vote" else {}
        who = {"chosen_by": f"s{i - 1}", "choices": named(SIGNERS)} if sheet.chosen else {"signers": named(sheet.names)}
        return {"code": f"s{i}", "label": f"s{i}", "mode": sheet.mode, "on_return": sheet.on_return, **share, **who}

    class Engine(RuleBasedStateMachine):
        model: Paper | None = None

        @initialize(plan=sheets())
        def submit(self, plan: list[Sheet]) -> None:
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
                lambda: world.sign(self.request, world.people[name], act, chosen=chosen, **more),
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
        def compare(self) -> None:
            if self.model is None:
                return
            request = Request.objects.get(pk=self.request.pk)
            assert (request.state, request.round) == (self.model.state, self.model.round)
            waiting = {n for n in SIGNERS if Request.objects.waiting_for(world.people[n]).filter(pk=request.pk).exists()}
            assert waiting == set(self.model.waiting())
            signed = Decision.objects.filter(request=request, round=request.round)
            spoken = [name for names in self.model.said for name in names]
            assert {d.signer.name for d in signed} <= set(spoken)
            assert len(spoken) == len(set(spoken)), "somebody signed twice"
            if request.state == "pending":
                assert waiting, "nobody can go on"

        def teardown(self) -> None:
            self.compare()

    return Engine


@pytest.mark.slow
def test_engine_and_model_agree(ground: Any) -> None:
    checks = settings(
        max_examples=30, stateful_step_count=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine(ground), settings=checks)
