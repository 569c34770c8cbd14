"""The routing table: every case of tests/tables/routing.yaml through the real engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from approvals.requests import actions
from approvals.requests.models import Request, Seat, Stage
from approvals.requests.states import Act
from approvals.routes.rules import Mode
from branch.people.models import Person
from kernel.refusals import Refusal

CASES = yaml.safe_load((Path(__file__).parents[2] / "tables" / "routing.yaml").read_text(encoding="utf-8"))


PEOPLE = "abcdex"


def act_of(world: Any, request: Request, who: Person, words: str) -> str:
    """The state after the act, or `refused <code>`."""
    act, _, rest = words.partition(" ")
    try:
        if act == "withdraw":
            actions.withdraw(request_id=request.pk, reason="不办了", by=who)
        elif act == "resubmit":
            facts = yaml.safe_load(rest.removeprefix("with ")) if rest else Request.objects.get(pk=request.pk).facts
            actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts=facts, by=who)
        elif act in OTHER_ACTS:
            OTHER_ACTS[act](world, request, who, rest)
        else:
            world.sign(request, who, act, **details_of(world, act, rest))
    except Refusal as refusal:
        return f"refused {refusal.code}"
    return Request.objects.get(pk=request.pk).state


def details_of(world: Any, act: str, rest: str) -> dict[str, Any]:
    """`choosing s2: b c`, `choosing s2: nobody`, `to s1` as the verb takes them."""
    how, _, what = rest.partition(" ")
    if how == "to":
        return {"to_stage": what}
    if how != "choosing":
        return {}
    code, _, names = what.partition(": ")
    keys = [f"person:{world.people[name].staff_no}" for name in names.split() if name != "nobody"]
    return {"chosen": {code: keys}, "opinion": "同意"}


def transfer(world: Any, request: Request, who: Person, rest: str) -> None:
    to = world.people[rest.removeprefix("to ")]
    actions.transfer(request_id=request.pk, to=to, reason="出差", by=who)


def add(world: Any, request: Request, who: Person, rest: str) -> None:
    *names, how = rest.split()
    people = [world.people[name] for name in names]
    actions.add_signer(request_id=request.pk, people=people, how=how, reason="请一并看", by=who)


def drop(world: Any, request: Request, who: Person, rest: str) -> None:
    seats = Seat.objects.filter(request=request, round=Request.objects.get(pk=request.pk).round)
    seat = (
        seats.filter(person=world.people[rest], added_by__isnull=False).last() or seats.filter(person=world.people[rest]).last()
    )
    actions.drop_signer(request_id=request.pk, seat_id=seat.pk, reason="不必了", by=who)


OTHER_ACTS = {"transfer": transfer, "add": add, "drop": drop}


def stage_of(world: Any, raw: dict[str, Any]) -> dict[str, Any]:
    """A stage of the table as a route keeps it: names become people."""
    named = {
        key: [{"people": [world.people[name].staff_no for name in raw[key]]}]
        for key in ("signers", "choices", "escalate_to")
        if key in raw
    }
    return {**raw, "label": raw["code"], **named}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(world: Any, kind_with: Any, case: dict[str, Any]) -> None:
    kind_with(transferable=case.get("transferable", True))
    people = {key: world.person(key) for key in PEOPLE}
    world.route(*(stage_of(world, raw) for raw in case["stages"]), same_person_twice=case.get("same_person_twice", False))
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
    assert modes == set(Mode)
    assert {act.split()[0] for act in acts} == {*Act} - {"amend"} | {"withdraw", "resubmit", *OTHER_ACTS}
