"""The engine against a model of a few lines: any sequence of acts leaves both in the same state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from approvals.requests import actions
from approvals.requests.models import Decision, Request
from kernel.refusals import Refusal

SIGNERS = "abcd"
MODES = ("all", "any", "in_turn")


class Model:
    """A request as a person would keep it on paper: a list of stages, each a mode and the names still to sign."""

    def __init__(self, stages: list[tuple[str, str, list[str]]]) -> None:
        self.plan = stages
        self.state, self.round = "pending", 1
        self.begin()

    def begin(self) -> None:
        self.at, self.answers, self.signed = 0, {}, set()

    def waiting(self) -> list[str]:
        """Who may sign now; whoever signed already may not again."""
        if self.state != "pending":
            return []
        mode, _, names = self.plan[self.at]
        unanswered = [name for name in names if name not in self.answers]
        turn = unanswered[:1] if mode == "in_turn" else unanswered
        return [name for name in turn if name not in self.signed]

    def sign(self, name: str, act: str) -> None:
        mode, on_return, names = self.plan[self.at]
        self.answers[name] = act
        self.signed.add(name)
        all_answered = len(self.answers) == len(names)
        if act == "reject":
            self.state = "rejected"
        elif mode == "all" and on_return == "after_all":
            if all_answered:
                self._close("return" if "return" in self.answers.values() else "agree")
        elif act == "return" or mode == "any" or all_answered:
            self._close(act)

    def _close(self, act: str) -> None:
        if act == "return":
            self.state = "returned"
        elif self.at + 1 == len(self.plan):
            self.state = "approved"
        else:
            self.at, self.answers = self.at + 1, {}


@pytest.fixture
def ground(world: Any) -> Any:
    for name in SIGNERS:
        world.person(name)
    return world


def machine(world: Any) -> type[RuleBasedStateMachine]:
    stage = st.tuples(
        st.sampled_from(MODES),
        st.sampled_from(["at_once", "after_all"]),
        st.lists(st.sampled_from(SIGNERS), min_size=1, unique=True),
    )

    class Engine(RuleBasedStateMachine):
        @initialize(stages=st.lists(stage, min_size=1, max_size=3))
        def submit(self, stages: list[Any]) -> None:
            data = [
                world.stage(f"s{i}", mode, {"people": [world.people[n].staff_no for n in names]}, on_return=on_return)
                for i, (mode, on_return, names) in enumerate(stages)
            ]
            world.route(*data, version=world.branch.pk * 100000 + self._next())
            try:
                self.request = world.ask()
                self.model = Model(stages)
            except Refusal:  # needs somebody twice; the other examples are enough
                self.model = None

        def _next(self) -> int:
            world.versions = getattr(world, "versions", 0) + 1
            return world.versions

        def alive(self) -> bool:
            return self.model is not None

        @precondition(lambda self: self.alive() and self.model.waiting())
        @rule(data=st.data(), act=st.sampled_from(["agree", "agree", "return"]))
        def sign_in_order(self, data: st.DataObject, act: str) -> None:
            """Somebody who is asked answers: the way most requests go."""
            self.sign(data.draw(st.sampled_from(self.model.waiting())), act)

        @precondition(alive)
        @rule(name=st.sampled_from(SIGNERS), act=st.sampled_from(["agree", "agree", "agree", "return", "reject"]))
        def sign(self, name: str, act: str) -> None:
            allowed = name in self.model.waiting()
            try:
                world.sign(self.request, world.people[name], act)
            except Refusal:
                assert not allowed, "the engine refused what the model allows"
                return
            assert allowed, "the engine allowed what the model refuses"
            self.model.sign(name, act)

        @precondition(lambda self: self.alive() and self.model.state == "returned")
        @rule()
        def resubmit(self) -> None:
            actions.resubmit(request_id=self.request.pk, content_digest="b" * 64, facts={}, by=world.applicant)
            self.model.state, self.model.round = "pending", self.model.round + 1
            self.model.begin()

        @rule()
        def compare(self) -> None:
            if self.model is None:
                return
            request = Request.objects.get(pk=self.request.pk)
            assert (request.state, request.round) == (self.model.state, self.model.round)
            waiting = {n for n in SIGNERS if Request.objects.waiting_for(world.people[n]).filter(pk=request.pk).exists()}
            assert waiting == set(self.model.waiting())
            signed = Decision.objects.filter(request=request, round=request.round)
            assert {d.signer.name for d in signed} == self.model.signed
            assert signed.count() == len(self.model.signed), "somebody signed twice"

        def teardown(self) -> None:
            if getattr(self, "model", None) is not None:
                self.compare()

    return Engine


@pytest.mark.slow
def test_engine_and_model_agree(ground: Any) -> None:
    checks = settings(
        max_examples=40, stateful_step_count=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine(ground), settings=checks)
