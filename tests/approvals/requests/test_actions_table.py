"""The routing table: every case of tests/tables/routing.yaml through the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from approvals.requests import actions
from approvals.requests.models import Request, Seat, Stage
from branch.people.models import Person
from kernel.refusals import Refusal

CASES = yaml.safe_load((Path(__file__).parents[2] / "tables" / "routing.yaml").read_text(encoding="utf-8"))


def act_of(world: Any, request: Request, who: Person, act: str) -> str:
    """The state after the act, or `refused <code>`."""
    try:
        if act == "withdraw":
            actions.withdraw(request_id=request.pk, reason="不办了", by=who)
        elif act == "resubmit":
            actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts=request.facts, by=who)
        else:
            world.sign(request, who, act)
    except Refusal as refusal:
        return f"refused {refusal.code}"
    return Request.objects.get(pk=request.pk).state


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(world: Any, case: dict[str, Any]) -> None:
    people = {key: world.person(key) for key in "abcdx"}
    stages = [
        {**raw, "label": raw["code"], "signers": [{"people": [people[key].staff_no for key in raw["signers"]]}]}
        for raw in case["stages"]
    ]
    world.route(*stages)
    request = world.ask(facts=case.get("facts", {}))
    everybody = {**people, "applicant": world.applicant}
    found = [[who, act, act_of(world, request, everybody[who], act)] for who, act, _ in case["acts"]]
    assert found == case["acts"]
    request.refresh_from_db()
    assert request.round == case.get("round", 1)
    stages_after = Stage.objects.filter(request=request, round=request.round)
    assert {stage.code: stage.state for stage in stages_after} == case["stages_after"]
    waiting = {key for key, person in people.items() if Request.objects.waiting_for(person).exists()}
    assert waiting == set(case["waiting"])
    assert Seat.objects.filter(request=request, state="open").exists() == bool(case["waiting"])


def test_the_table_covers_every_mode_and_act() -> None:
    modes = {raw["mode"] for case in CASES for raw in case["stages"]}
    acts = {act for case in CASES for _, act, _ in case["acts"]}
    assert modes == {"single", "all", "any", "in_turn"}
    assert acts == {"agree", "return", "reject", "withdraw", "resubmit"}
