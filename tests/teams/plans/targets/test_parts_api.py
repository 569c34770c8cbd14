"""Breaking a target down by a program: teams and groups by their number, people by 工号."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from teams.plans.targets.models import Target
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import MANAGER, TEAM_LEADER, broken_down, root, year

pytestmark = pytest.mark.django_db
OWNER, ELSEWHERE = "600103", "600001"  # 600001 stands in no group
FORTY = ["40.00"] * 12


@pytest.fixture
def people() -> People:
    return load_roster_people()


@pytest.fixture
def team(people: People) -> Target:
    return broken_down(root(people), {"营销一队": year(40)}, people[MANAGER])["营销一队"]


def post(people: People, who: str, target: Target, *parts: dict[str, Any]) -> Any:
    browser = Client()
    browser.force_login(people[who].user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("api:target-parts", args=[target.pk])
    return browser.post(address, {"parts": list(parts)}, content_type="application/json")


def group_of(people: People, team: Target) -> Target:
    return broken_down(team, {"第3组": year(40)}, people[TEAM_LEADER])["第3组"]


def test_a_persons_part_is_set_and_taken_away_by_staff_no(people: People, team: Target) -> None:
    group = group_of(people, team)
    (part,) = post(people, TEAM_LEADER, group, {"staff_no": OWNER, "months": FORTY}).json()["parts"]
    assert part["target"]["person"]["staff_no"] == OWNER
    assert part["months"] == FORTY
    told = post(people, TEAM_LEADER, group, {"staff_no": part["target"]["person"]["staff_no"], "months": None}).json()
    assert told["parts"] == []


def test_a_team_and_a_group_are_named_as_before(people: People, team: Target) -> None:
    group = group_of(people, team)
    (part,) = post(people, TEAM_LEADER, team, {"unit": f"group-{group.group_id}", "months": FORTY}).json()["parts"]
    assert part["target"]["group"]["id"] == group.group_id
    branch = Target.objects.get(pk=team.parent_id)
    assert post(people, MANAGER, branch, {"unit": f"team-{team.team_id}", "months": FORTY}).status_code == 200


@pytest.mark.parametrize("staff_no", [ELSEWHERE, "999999", "1"])
def test_who_is_not_below_and_who_is_not_at_all_are_told_alike(people: People, team: Target, staff_no: str) -> None:
    """Nor is a 工号 ever read as a row's key."""
    answer = post(people, TEAM_LEADER, group_of(people, team), {"staff_no": staff_no, "months": FORTY})
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_below"
    assert answer.json()["items"] == [f"工号 {staff_no}"]


def test_one_part_is_named_once_and_in_one_way(people: People, team: Target) -> None:
    group = group_of(people, team)
    twice = [{"staff_no": OWNER, "months": FORTY}, {"staff_no": OWNER, "months": None}]
    assert post(people, TEAM_LEADER, group, *twice).json()["code"] == "twice"
    for part in ({}, {"unit": "group-1", "staff_no": OWNER}):
        answer = post(people, TEAM_LEADER, group, {**part, "months": FORTY})
        assert answer.status_code == 400
        assert "写其中一项" in str(answer.json()["items"])
    by_key = post(people, TEAM_LEADER, group, {"unit": f"person-{people[OWNER].pk}", "months": FORTY})
    assert by_key.status_code == 400
    assert "staff_no(工号)" in str(by_key.json()["items"])
