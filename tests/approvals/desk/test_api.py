"""What a program is told of a request: the seats by number, the content that is signed, who takes part; by the page's door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.template import Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.requests import actions, kinds
from approvals.requests.models import Request, Seat
from approvals.routes.models import Route
from branch.org.models import Department

ADDRESSES = ("request-detail", "request-document", "request-people")


@pytest.fixture
def asked(three: Any, kind_with: Callable[..., None]) -> Any:
    """A request of a kind whose seats may be moved."""
    kind_with(transferable=True)
    three.helper = three.person("helper", "钱帮手")
    three.request = three.ask()
    return three


def told(client: Any, request: Request, name: str = "request-detail") -> Any:
    answer = client.get(reverse(f"api:{name}", args=[request.number]))
    assert answer.status_code == 200, answer.content
    return answer.json()


def drop(client: Any, request: Request, seat: int) -> Any:
    address = reverse("api:request-drop-signer", args=[request.number])
    return client.post(address, {"seat": seat, "reason": "不用了"}, content_type="application/json")


# --- the seats ------------------------------------------------------------------------------------------------------------


def test_who_added_a_signer_learns_the_seats_number_and_drops_it(asked: Any, signed_in: Any) -> None:
    actions.add_signer(request_id=asked.request.pk, people=[asked.helper], how="before", reason="请先看", by=asked.chief)
    own, others = (told(signed_in(person), asked.request)["seats"] for person in (asked.chief, asked.deputy))
    (seat,) = [seat for seat in own if seat["may_drop"]]
    assert (seat["label"], seat["state"], seat["state_label"]) == ("钱帮手(前加签)", "open", "待签署")
    assert seat["people"] == [{"staff_no": asked.helper.staff_no, "name": "钱帮手", "for_whom": ""}]
    assert [one["id"] for one in others] == [one["id"] for one in own]
    assert not any(one["may_drop"] for one in others)
    assert drop(signed_in(asked.deputy), asked.request, seat["id"]).status_code == 403
    assert drop(signed_in(asked.chief), asked.request, seat["id"]).status_code == 200
    assert seat["id"] not in [one["id"] for one in told(signed_in(asked.chief), asked.request)["seats"]]


def test_the_last_of_a_stage_is_not_offered_to_be_dropped(asked: Any, signed_in: Any) -> None:
    last = Seat.objects.get(request=asked.request, stage__code="two")
    Seat.objects.filter(pk=last.pk).update(added_by=asked.chief)
    (seat,) = [one for one in told(signed_in(asked.chief), asked.request)["seats"] if one["id"] == last.pk]
    assert not seat["may_drop"]
    assert drop(signed_in(asked.chief), asked.request, last.pk).json()["code"] == "last_seat"


def test_a_seat_says_who_signed_it_and_for_whom_or_who_could(asked: Any, signed_in: Any) -> None:
    asked.sit(asked.helper, "chief_accountant", branch=asked.branch, delegated_by=asked.chief)
    asked.sign(asked.request, asked.helper)
    seats = told(signed_in(asked.manager), asked.request)["seats"]
    assert [(seat["stage"], seat["state"], [one["name"] for one in seat["people"]]) for seat in seats] == [
        ("one环节", "signed", ["钱帮手"]),
        ("two环节", "open", ["李副"]),
        ("three环节", "waiting", ["赵经理"]),
    ]
    assert seats[0]["people"][0]["for_whom"] == "王主办"
    assert seats[0]["signed_at"]
    assert seats[1]["signed_at"] is None


def test_a_departments_seat_names_it_and_more_of_them_ask_no_more(world: Any, signed_in: Any) -> None:
    reader = world.person("manager", "赵经理", roles=("branch_manager",), branch=world.branch)
    codes = ["compliance", "legal", "risk"]
    for code in codes[1:]:
        Department.objects.create(code=code, name=f"{code}部")
    for code in codes:
        officer = world.person(f"of_{code}")
        world.sit(officer, code, department=Department.objects.get(code=code))

    def asked_of(*departments: str) -> tuple[list[Any], int]:
        places = [{"department": code} for code in departments]
        Route.objects.update(state="ended")
        world.route(world.stage("one", "all", *places, world.at_branch("branch_manager")), version=len(departments))
        request, client = world.ask(), signed_in(reader)
        with CaptureQueriesContext(connection) as seen:
            seats = told(client, request)["seats"]
        return [seat["department"] for seat in seats], len(seen)

    (one, few), (three, many) = asked_of("compliance"), asked_of(*codes)
    assert one == ["合规部", None]
    assert three == ["合规部", "legal部", "risk部", None]
    assert many == few


# --- what is signed -------------------------------------------------------------------------------------------------------


def _described(request: Request) -> kinds.Document:
    return kinds.Document([("事由", request.title)], "/", "parts/empty.html", {"text": "正文:甲 < 乙", "icon": "file-text"})


def test_the_content_is_read_as_on_the_page_with_the_digest_that_is_signed(
    three: Any, signed_in: Any, kind_with: Callable[..., None]
) -> None:
    kind_with(describe=_described)
    request, client = three.ask(), signed_in(three.chief)
    document = told(client, request, "request-document")
    assert "正文:甲 &lt; 乙" in document["html"]
    assert "<dd>试办一件事</dd>" in document["html"]
    assert document["html"] in client.get(request.get_absolute_url()).content.decode()
    address = reverse("api:request-decide", args=[request.number])
    given = {"act": "agree", "seen_digest": document["content_digest"]}
    assert client.post(address, given, content_type="application/json").status_code == 200


def test_the_contents_own_template_knows_who_reads(three: Any, signed_in: Any, kind_with: Callable[..., None]) -> None:
    """As on the page, where a kind offers only the doors that are open to `me`."""
    kind_with(describe=lambda request: kinds.Document(template=Template("读者:{{ me.name }}")))  # type: ignore[arg-type]
    request = three.ask()
    assert "读者:王主办" in told(signed_in(three.chief), request, "request-document")["html"]
    assert "读者:李副" in told(signed_in(three.deputy), request, "request-document")["html"]


@pytest.mark.parametrize("name", ADDRESSES)
def test_an_outsider_reads_none_of_it(asked: Any, signed_in: Any, name: str) -> None:
    stranger = signed_in(asked.person("stranger", "孙外人"))
    assert stranger.get(reverse(f"api:{name}", args=[asked.request.number])).status_code == 404


@pytest.mark.parametrize("name", ADDRESSES)
def test_of_a_confidential_kind_who_may_not_see_reads_none_of_it(
    asked: Any, signed_in: Any, kind_with: Callable[..., None], name: str
) -> None:
    actions.copy(request_id=asked.request.pk, people=[asked.helper], by=asked.chief)
    address = reverse(f"api:{name}", args=[asked.request.number])
    assert signed_in(asked.helper).get(address).status_code == 200
    kind_with(confidential=True)
    assert signed_in(asked.helper).get(address).status_code == 404
    assert signed_in(asked.applicant).get(address).status_code == 200


# --- who takes part -------------------------------------------------------------------------------------------------------


def test_who_takes_part_and_who_read_the_copy(asked: Any, signed_in: Any) -> None:
    actions.copy(request_id=asked.request.pk, people=[asked.helper], by=asked.chief)
    people = told(signed_in(asked.deputy), asked.request, "request-people")
    assert [one["name"] for one in people["participants"]] == ["发起人", "王主办", "李副", "赵经理", "钱帮手"]
    assert [(copy["person"]["name"], copy["read_at"]) for copy in people["copies"]] == [("钱帮手", None)]
    actions.mark_read(request_id=asked.request.pk, by=asked.helper)
    assert told(signed_in(asked.deputy), asked.request, "request-people")["copies"][0]["read_at"]
