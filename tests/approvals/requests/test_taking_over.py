"""接办 and 撤回 in the place of an applicant who can't go on; and that neither of the two signs afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from approvals.desk.strays import stray_seats
from approvals.requests import actions, queries
from approvals.requests.models import Request, Seat, Stage, TrailEvent
from approvals.routes.models import Delegation
from branch.notices.models import Notice
from kernel.refusals import Forbidden
from tests.approvals.conftest import refused

CHANGED: dict[str, Any] = {"content_digest": "b" * 64, "facts": {}}


@pytest.fixture
def three(world: Any, kind_with: Any) -> Any:
    """Three signers in turn, and a second person who may act for the applicant; both could also sign the first seat."""
    world.chief, world.deputy, world.manager = world.three_signers()
    world.second = world.person("second", "同事", roles=("chief_accountant",), branch=world.branch)
    world.sit(world.applicant, "chief_accountant", branch=world.branch)
    world.route(*world.THREE)

    def may_act_for(person: Any, request: Request) -> None:
        if person not in (world.applicant, world.second, world.deputy):
            raise Forbidden("不行", code="forbidden")

    kind_with(may_act_for=may_act_for)
    return world


def returned(world: Any) -> Request:
    request: Request = world.ask()
    return world.sign(request, world.chief, "return")


def take_over(request: Request, by: Any, reason: str = "发起人病假") -> Request:
    return actions.take_over(request_id=request.pk, reason=reason, by=by)


def test_another_goes_on_and_neither_of_the_two_signs(three: Any, django_capture_on_commit_callbacks: Any) -> None:
    request = returned(three)
    refused("take_over_first", actions.resubmit, request_id=request.pk, by=three.second, **CHANGED)
    refused("not_applicant", actions.resubmit, request_id=request.pk, by=three.manager, **CHANGED)
    refused("reason_required", take_over, request, three.second, " ")
    with django_capture_on_commit_callbacks(execute=True):
        take_over(request, three.second)
    told = TrailEvent.objects.get(event="taken_over")
    assert (told.person, told.text) == (three.second, "原发起人发起人:发起人病假")
    assert Notice.objects.filter(person=three.applicant, text__startswith="同事已接办").exists()
    refused("not_applicant", actions.resubmit, request_id=request.pk, by=three.manager, **CHANGED)
    actions.resubmit(request_id=request.pk, by=three.second, **CHANGED)
    for barred in (three.applicant, three.second):
        refused("same_person", three.sign, request, barred)
        assert not Request.objects.waiting_for(barred).exists()
        assert not queries.signable_seats(barred, Request.objects.get(pk=request.pk))
        assert Request.objects.visible_to(barred).get() == request
    for signer in (three.chief, three.deputy, three.manager):
        three.sign(request, signer)
    assert Request.objects.get(pk=request.pk).state == "approved"


def test_nor_does_a_deputy_sign_for_either(three: Any) -> None:
    helper = three.person("helper", "受托人")
    today = timezone.localdate()
    span = {"effective_from": today, "effective_to": today + timedelta(3), "reason": "休假"}
    Delegation.objects.create(principal=three.applicant, deputy=helper, **span)
    request = returned(three)
    take_over(request, three.second)
    actions.resubmit(request_id=request.pk, by=three.second, **CHANGED)
    refused("same_person", three.sign, request, helper)
    assert not Request.objects.waiting_for(helper).exists()


def test_a_round_that_only_the_two_could_sign_is_refused_by_name(three: Any) -> None:
    request = returned(three)
    take_over(request, three.second)
    three.chief.roles.all().delete()
    assert "主办会计" in refused("unfillable", actions.resubmit, request_id=request.pk, by=three.second, **CHANGED)


def test_on_its_way_it_is_taken_over_only_where_it_can_still_be_signed(three: Any) -> None:
    request = three.ask()
    refused("unfillable", take_over, request, three.deputy)  # the only one for the second seat
    assert Request.objects.get(pk=request.pk).applicant == three.applicant
    three.sign(request, three.second)
    refused("signed_twice", take_over, request, three.second)
    refused("forbidden", take_over, request, three.manager)
    refused("same_person", take_over, request, three.applicant)


def test_what_the_next_one_signed_before_does_not_stand(three: Any) -> None:
    """A stage that resumes carries the signatures before it: not those of who has become the applicant since."""
    stages = [three.THREE[0], {**three.THREE[1], "after_return": "resume"}, three.THREE[2]]
    Request.objects.all().delete()
    three.route(*stages, kind="trial", version=2)
    request = three.ask()
    Request.objects.filter(pk=request.pk).update(route_snapshot={**request.route_snapshot, "stages": stages})
    three.sign(request, three.second)
    three.sign(request, three.deputy, "return")
    take_over(request, three.second)
    actions.resubmit(request_id=request.pk, by=three.second, **CHANGED)
    assert Stage.objects.get(request=request, round=2, state="open").code == "one"


def test_withdrawn_for_the_applicant_with_a_reason_in_the_trail(three: Any, subject: Any) -> None:
    request = three.ask()
    given = {"request_id": request.pk, "by": three.second}
    refused("forbidden", actions.withdraw, request_id=request.pk, reason="不办了", by=three.manager)
    refused("reason_required", actions.withdraw, reason="", **given)
    assert actions.withdraw(reason="发起人失联", **given).state == "withdrawn"
    told = TrailEvent.objects.get(event="withdrawn")
    assert (told.person, told.text, subject.calls) == (three.second, "发起人失联", [("withdrawn", request.number)])


def test_a_seat_left_to_the_former_applicant_alone_is_a_stray(three: Any) -> None:
    request = three.ask()
    take_over(request, three.second)
    three.chief.roles.all().delete()
    three.second.roles.all().delete()
    assert [stray.seat.pk for stray in stray_seats()] == [Seat.objects.get(request=request, state="open").pk]


def test_the_page_offers_it_to_whom_the_kind_lets(three: Any, signed_in: Any) -> None:
    request = returned(three)
    page = f"/approvals/requests/{request.number}/"
    client: Client = signed_in(three.second)
    assert f"{page}take-over/" in client.get(page).content.decode()
    assert f"{page}take-over/" not in signed_in(three.manager).get(page).content.decode()
    assert "接办" in client.get(f"{page}take-over/").content.decode()
    assert client.post(f"{page}take-over/", {"reason": "病假"}).status_code == 302
    assert Request.objects.get().applicant == three.second
