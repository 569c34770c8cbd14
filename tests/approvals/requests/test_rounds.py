"""What rounds, 传阅, 上一级 and old snapshots leave behind that the routing table does not show."""

from __future__ import annotations

from typing import Any

import pytest

from approvals.requests import actions, queries
from approvals.requests.models import CopyTo, Decision, Request, Stage, TrailEvent
from approvals.routes.models import Route
from branch.notices.models import Notice
from tests.approvals.conftest import refused


@pytest.fixture
def three(world: Any) -> Any:
    world.chief, world.deputy, world.manager = world.three_signers()
    world.route(*world.THREE)
    return world


# --- 退回到前面的环节 -------------------------------------------------------------------------------------------------
def test_sending_back_to_an_earlier_stage_does_not_touch_the_subject(
    three: Any, subject: Any, django_capture_on_commit_callbacks: Any
) -> None:
    request = three.ask()
    three.sign(request, three.chief)
    three.sign(request, three.deputy)
    assert [stage.code for stage in queries.return_targets(request, Stage.objects.get(code="three"))] == ["one", "two"]
    with django_capture_on_commit_callbacks(execute=True):
        now = three.sign(request, three.manager, "return", "请副经理复核", to_stage="two")
    assert (now.state, now.round, subject.calls) == ("pending", 2, [])
    decision = Decision.objects.get(act="return")
    assert (decision.to_stage, decision.round) == ("two", 1)
    assert TrailEvent.objects.get(event="stepped_back").text == "由“three环节”退回到“two环节”"
    assert set(Notice.objects.values_list("person__name", flat=True)) >= {"发起人", "李副"}
    carried = Stage.objects.get(request=request, round=2, code="one")
    assert (carried.carried_from.round, carried.seats.count()) == (1, 0)


def test_a_signature_covers_where_it_sends_back(three: Any) -> None:
    hashes = set()
    for to_stage in ("", "one"):
        request = three.ask()
        three.sign(request, three.chief)
        three.sign(request, three.deputy, "return", "请改正", to_stage=to_stage)
        hashes.add(Decision.objects.latest("id").signature)
    assert len(hashes) == 2


def test_a_step_back_that_nobody_could_finish_is_refused_and_nothing_moves(three: Any) -> None:
    request = three.ask()
    three.sign(request, three.chief)
    three.chief.roles.all().delete()
    sentence = refused("unfillable", three.sign, request, three.deputy, "return", "请改正", to_stage="one")
    assert "未退回" in sentence
    assert Request.objects.get(pk=request.pk).round == 1
    assert three.sign(request, three.deputy, "return", "请改正").state == "returned"


# --- 传阅 -------------------------------------------------------------------------------------------------------------
def test_readers_get_a_copy_to_mark(world: Any, django_capture_on_commit_callbacks: Any) -> None:
    world.person("chief", roles=("chief_accountant",), branch=world.branch)
    reader = world.person("reader", roles=("compliance",))
    earlier = world.person("earlier", roles=("legal",))
    reading = world.stage("round", "read", {"role": "compliance", "at": "company"}, {"role": "legal", "at": "company"})
    world.route(world.THREE[0], reading)
    request = world.ask(copy_to=[earlier])
    with django_capture_on_commit_callbacks(execute=True):
        assert world.sign(request, world.people["chief"]).state == "approved"
    assert {copy.person: copy.stage for copy in CopyTo.objects.all()} == {reader: "round", earlier: "round"}
    assert Request.objects.visible_to(reader).get() == request
    assert Notice.objects.get(person=reader).text.startswith("请阅")
    assert [s.stage for s in queries.signatures(request)] == ["one环节"]


def test_a_reading_stage_without_people_holds_nobody_up(world: Any) -> None:
    world.person("chief", roles=("chief_accountant",), branch=world.branch)
    world.route(world.stage("round", "read", {"role": "legal", "at": "company"}), world.THREE[0])
    assert world.sign(world.ask(), world.people["chief"]).state == "approved"
    assert "目前无人担任" in TrailEvent.objects.get(event="circulated").text


# --- 发起人本人任签署人 -----------------------------------------------------------------------------------------------
def test_ones_own_seat_goes_to_the_superior_where_the_kind_allows(three: Any, kind_with: Any) -> None:
    refused("unfillable", three.ask, applicant=three.chief, by=three.chief)
    kind_with(one_up=True)
    Route.objects.update(stages=[three.THREE[0], three.THREE[1]])
    request = three.ask(applicant=three.chief, by=three.chief)
    seat = request.seats.get(stage__code="one")
    assert (seat.role, seat.label) == ("branch_manager", "经理")
    assert TrailEvent.objects.get(event="one_up").text == "one环节:主办会计由发起人本人担任,改由经理审批"
    three.sign(request, three.manager)
    assert three.sign(request, three.deputy).state == "approved"


def test_a_superior_who_signs_later_anyway_signs_once(three: Any, kind_with: Any) -> None:
    kind_with(one_up=True)
    request = three.ask(applicant=three.deputy, by=three.deputy)
    assert {stage.code: stage.state for stage in Stage.objects.filter(request=request)} == {
        "one": "open",
        "two": "skipped",
        "three": "waiting",
    }
    three.sign(request, three.chief)
    assert three.sign(request, three.manager).state == "approved"


def test_above_the_manager_is_a_leader_of_the_company_and_above_that_nobody(three: Any, kind_with: Any) -> None:
    kind_with(one_up=True)
    vice = three.person("vice", roles=("executive",))
    request = three.ask(applicant=three.manager, by=three.manager)
    assert request.seats.get(stage__code="three").role == "executive"
    Route.objects.update(stages=[three.stage("s", "single", {"role": "executive", "at": "company"})])
    refused("unfillable", three.ask, applicant=vice, by=vice)


def test_a_colleague_of_the_same_role_signs_before_any_superior(three: Any, kind_with: Any) -> None:
    kind_with(one_up=True)
    three.person("second", roles=("chief_accountant",), branch=three.branch)
    request = three.ask(applicant=three.chief, by=three.chief)
    assert request.seats.get(stage__code="one").role == "chief_accountant"


# --- what began before --------------------------------------------------------------------------------------------
OLD = ("name", "version", "stages", "copies", "same_person_twice")


def test_a_request_of_an_old_snapshot_walks_on(three: Any) -> None:
    """Snapshots taken before chasers and the newer keys of a stage have none of them."""
    request = three.ask(facts={"days": 1})
    snapshot = {key: request.route_snapshot[key] for key in OLD}
    assert all(set(raw) == {"code", "label", "mode", "signers"} for raw in snapshot["stages"])
    Request.objects.filter(pk=request.pk).update(route_snapshot=snapshot)
    actions.remind(request_id=request.pk, by=three.applicant)
    refused("not_applicant", actions.remind, request_id=request.pk, by=three.deputy)
    three.sign(request, three.chief)
    three.sign(request, three.deputy, "return")
    actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={"days": 2}, by=three.applicant)
    assert Stage.objects.get(request=request, state="open").code == "one"
    three.sign(request, three.chief)
    three.sign(request, three.deputy, "return", "再看", to_stage="one")
    for person in (three.chief, three.deputy, three.manager):
        three.sign(request, person)
    request.refresh_from_db()
    assert (request.state, request.round, request.document_number) == ("approved", 3, "")
