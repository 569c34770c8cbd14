"""转办席位: which seats nobody can sign, and who may hand them over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.desk.strays import stray_seats
from approvals.requests import actions
from approvals.requests.models import Seat
from branch.org.models import Department
from branch.people.models import Engagement
from tests.approvals.conftest import PASSWORD, TODAY

pytestmark = pytest.mark.usefixtures("that_day")
YESTERDAY = TODAY - timedelta(days=1)
LIST = reverse("approvals:stray-list")


@pytest.fixture
def crowd(three: Any, kind_with: Any) -> Any:
    kind_with(transferable=True)
    three.admin = three.person("admin", "管理员", roles=("administrator",))
    three.heir = three.person("heir", "接手人")
    return three


def labels() -> list[str]:
    return [stray.seat.label for stray in stray_seats()]


def stand_empty(world: Any) -> Any:
    """A request whose first seat has lost its only holder."""
    request = world.ask(title="不给管理员看的标题")
    world.chief.roles.all().delete()
    return request


def test_what_somebody_can_sign_is_no_stray(crowd: Any) -> None:
    crowd.ask()
    assert stray_seats() == []


@pytest.mark.parametrize("gone", ["role", "account", "left"])
def test_a_seat_nobody_can_sign_is_found(crowd: Any, gone: str) -> None:
    crowd.ask()
    if gone == "role":
        crowd.chief.roles.all().delete()
    elif gone == "account":
        crowd.chief.user.is_active = False
        crowd.chief.user.save()
    else:
        given = {"kind": "employee", "hired_on": YESTERDAY, "contract_from": YESTERDAY, "ended_on": YESTERDAY}
        Engagement.objects.create(person=crowd.chief, branch=crowd.branch, **given)
        crowd.chief.roles.update(effective_to=YESTERDAY)
    assert labels() == ["主办会计"]


def test_a_deputy_can_sign_a_seat(crowd: Any) -> None:
    crowd.ask()
    today = timezone.localdate()
    actions.delegate(to=crowd.heir, kinds=["trial"], since=today, until=today, reason="出差", by=crowd.chief)
    crowd.chief.user.is_active = False
    crowd.chief.user.save()
    assert labels() == []


def test_who_asked_does_not_count_as_signer(crowd: Any) -> None:
    request = crowd.ask()
    type(request).objects.filter(pk=request.pk).update(applicant=crowd.chief)
    assert labels() == ["主办会计"]
    crowd.person("second", roles=("chief_accountant",), branch=crowd.branch)
    assert labels() == []


def test_departments_and_named_people_too(crowd: Any) -> None:
    Department.objects.get_or_create(code="compliance", defaults={"name": "合规部"})
    officer = crowd.person("officer", roles=("compliance",))
    officer.department = Department.objects.get(code="compliance")
    officer.save()
    crowd.route(crowd.stage("s", "all", {"department": "compliance"}, {"people": [crowd.heir.staff_no]}), version=2)
    crowd.ask()
    assert labels() == []
    officer.roles.all().delete()
    crowd.heir.user.is_active = False
    crowd.heir.user.save()
    assert sorted(labels()) == ["合规部", "接手人"]


def test_the_administrator_hands_it_over_without_reading_it(crowd: Any, signed_in: Any) -> None:
    request = stand_empty(crowd)
    browser = signed_in(crowd.admin)
    page = browser.get(LIST).content.decode()
    assert request.number in page
    assert "不给管理员看的标题" not in page
    address = reverse("approvals:stray-reroute", args=[Seat.objects.get(state="open").pk])
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"to": "接手人", "reason": ""}).status_code == 409
    answer = browser.post(address, {"to": "管理员", "reason": "主办会计空缺"})
    assert "不能转办给自己" in answer.content.decode()
    assert browser.post(address, {"to": "接手人", "reason": "主办会计空缺"}).status_code == 302
    assert Seat.objects.get(state="open").person == crowd.heir
    assert browser.get(address).status_code == 404
    assert "每个轮到的席位都有人可以签署" in browser.get(LIST).content.decode()


def test_pay_like_kinds_ask_for_the_role(crowd: Any, signed_in: Any, kind_with: Any) -> None:
    stand_empty(crowd)
    kind_with(transferable=False)
    browser = signed_in(crowd.admin)
    assert "请授予角色" in browser.get(LIST).content.decode()
    address = reverse("approvals:stray-reroute", args=[Seat.objects.get(state="open").pk])
    assert "不能转办" in browser.get(address).content.decode()
    answer = browser.post(address, {"to": "接手人", "reason": "空缺"})
    assert answer.status_code == 409


def test_nobody_else_comes_in(crowd: Any, signed_in: Any) -> None:
    stand_empty(crowd)
    for person in (crowd.manager, crowd.heir):
        assert signed_in(person).get(LIST).status_code == 403


def test_the_api_does_the_same(crowd: Any) -> None:
    request = stand_empty(crowd)
    client = Client()
    client.login(username=crowd.admin.staff_no, password=PASSWORD)
    (row,) = client.get(reverse("api:stray-list")).json()["items"]
    assert (row["number"], row["label"], row["may_move"]) == (request.number, "主办会计", True)
    address = reverse("api:stray-reroute", args=[row["id"]])
    refused = client.post(address, {"to": crowd.admin.staff_no, "reason": "空缺"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (409, "same_person")
    done = client.post(address, {"to": crowd.heir.staff_no, "reason": "空缺"}, content_type="application/json")
    assert done.status_code == 200
    assert client.get(reverse("api:stray-list")).json()["items"] == []
