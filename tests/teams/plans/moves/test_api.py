"""Moves, leavings and lists by the API, where the pages' acts go beyond one call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from branch.people.models import Person
from teams.plans.moves.models import Handover, Leaving, Move
from tests.factories.branch import People
from tests.factories.moves import (
    COLLEAGUE,
    LEADER,
    MANAGER,
    MEMBER,
    TODAY,
    approved_leaving,
    filed,
    give_clients,
    hand_all,
    moves_world,
    outlet,
    planned,
    put_sign,
)

BASE = "/api/v1/plans/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return moves_world()


def sent(person: Person, address: str, **body: Any) -> tuple[int, dict[str, Any]]:
    browser = Client()
    browser.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    answer = browser.post(f"{BASE}{address}", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_a_move_is_changed_sent_up_and_taken_back(people: People) -> None:
    move, leader = planned(people), people[LEADER]
    address, wish = f"moves/{move.pk}/", {"outlet": outlet("工行网点").pk, "effective_on": str(TODAY())}
    status, changed = sent(leader, address, reason="提前", **wish)
    assert (status, changed["effective_on"]) == (200, str(TODAY()))
    seen = changed["seen"]
    assert sent(people[MANAGER], address, reason="改", **wish, seen=seen)[0] == 200
    assert sent(leader, address, reason="再改", **wish, seen=seen)[0] == 409
    assert sent(leader, f"{address}send/")[0] == 200
    assert sent(leader, f"{address}withdraw/", reason="再想想")[1]["state"] == "draft"
    assert sent(leader, f"{address}effect/")[0] == 409
    assert Move.objects.get().reason == "改"


def test_a_leaving_is_changed_and_taken_back(people: People) -> None:
    leaving, leader = filed(people), people[LEADER]
    address = f"leavings/{leaving.pk}/"
    body = {"kind": "other", "last_day": str(TODAY()), "reason": "改期"}
    assert sent(leader, address, **body)[1]["last_day"] == str(TODAY())
    assert sent(leader, f"{address}send/")[0] == 200
    assert sent(leader, f"{address}withdraw/", reason="再谈")[1]["state"] == "draft"
    assert Leaving.objects.get().kind == "other"


def test_a_list_is_refreshed_watched_by_another_signed_for_and_begun_anew(people: People) -> None:
    leaving, leader = approved_leaving(people), people[LEADER]
    address = f"handovers/{leaving.handover.pk}/"
    give_clients(people, MEMBER, 1, first=9)
    assert sent(leader, f"{address}refresh/") == (200, {"come": 1, "gone": 0})
    assert sent(leader, f"{address}witness/", witness=MEMBER)[0] == 404
    assert sent(leader, f"{address}witness/", witness=MANAGER)[0] == 200
    hand_all(people, leaving.handover)
    assert sent(leader, f"{address}stand-in/", reason="失联", digest="x")[0] == 403
    assert sent(leader, f"{address}witness/", witness=LEADER)[0] == 200
    put_sign(leaving.handover, people[COLLEAGUE])
    assert sent(leader, f"{address}anew/", reason="换人")[0] == 200
    assert not Handover.objects.get().receipts.exists()


def test_lines_are_named_or_left_out_and_none_is_no_choice(people: People) -> None:
    handover = approved_leaving(people).handover
    leader, assign = people[LEADER], f"handovers/{handover.pk}/assign/"
    given = {"decision": "hand", "receiver": COLLEAGUE}
    status, refused = sent(leader, assign, lines=[], **given)
    assert (status, refused["code"]) == (409, "nothing_chosen")
    assert "请先选择清单上的客户" in refused["message"]
    first, *_ = handover.lines.values_list("pk", flat=True)
    assert sent(leader, assign, lines=[first, 999_999], **given)[0] == 409
    assert not handover.lines.exclude(decision="open").exists()
    assert sent(leader, assign, lines=[first], **given) == (200, {"count": 1})
    assert sent(leader, assign, **given) == (200, {"count": 2})
