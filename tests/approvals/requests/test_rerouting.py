"""离职/调岗转办: who takes over the seats of somebody who is no longer there."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from approvals.requests import actions
from approvals.requests.models import Request, Seat, TrailEvent
from approvals.routes.models import Delegation
from branch import changes
from branch.audit.models import AuditRow
from branch.people.models import Engagement, Leadership, Posting
from branch.staff.actions import register_leaving
from branch.structure.actions import change_leader
from tests.approvals.conftest import TODAY, refused

pytestmark = pytest.mark.usefixtures("that_day")
YESTERDAY = TODAY - timedelta(days=1)
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def team(world: Any, kind_with: Any) -> Any:
    """A team with its leader, the applicant and a colleague in it, a branch manager, an administrator and 人力资源部."""
    kind_with(transferable=True)
    world.manager = world.person("manager", "赵经理", roles=("branch_manager",), branch=world.branch)
    world.admin = world.person("admin", "管理员", roles=("administrator",))
    world.hr = world.person("hr", "人事", roles=("human_resources",))
    world.leader, world.colleague = world.person("leader", "老队长"), world.person("colleague", "新队长")
    world.team = world.branch.teams.create(name="一队")
    for person in (world.applicant, world.leader, world.colleague):
        Engagement.objects.create(person=person, branch=world.branch, kind="employee", hired_on=LONG_AGO, contract_from=LONG_AGO)
        Posting.objects.create(person=person, branch=world.branch, post="客户经理", team=world.team, effective_from=LONG_AGO)
    Leadership.objects.create(team=world.team, person=world.leader, effective_from=LONG_AGO)
    return world


def leave(world: Any, person: Any, last_day: date = YESTERDAY) -> None:
    register_leaving(person=person, last_day=last_day, reason="辞职", by=world.hr)


def seat_of(request: Request) -> Seat:
    return Seat.objects.get(request=request, state="open")


def test_another_leader_takes_over_what_waits_for_the_leader(team: Any) -> None:
    team.route(team.stage("s", "single", {"leader": "applicant"}))
    request = team.ask()
    assert seat_of(request).person == team.leader
    change_leader(unit=team.team, person=team.colleague, since=TODAY, by=team.hr)
    seat = seat_of(request)
    assert (seat.person, seat.leader, seat.label) == (team.colleague, True, "上级 新队长")
    assert TrailEvent.objects.get(event="rerouted").text == "老队长不再是发起人的上级,改由上级 新队长签署"
    refused("not_your_seat", team.sign, request, team.leader)
    assert team.sign(request, team.colleague).state == "approved"


def test_a_leader_who_goes_over_to_another_team_leaves_the_seats_behind(team: Any) -> None:
    team.route(team.stage("s", "single", {"leader": "applicant"}))
    request = team.ask()
    second = team.branch.teams.create(name="二队")
    Leadership.objects.create(team=second, person=team.leader, effective_from=TODAY)
    change_leader(unit=team.team, person=team.colleague, since=TODAY, by=team.hr)
    assert Leadership.objects.filter(person=team.leader, effective_to=None).exists()
    assert (seat_of(request).person, seat_of(request).label) == (team.colleague, "上级 新队长")


def test_a_leader_who_leaves_is_followed_by_the_manager(team: Any) -> None:
    team.route(team.stage("s", "single", {"leader": "applicant"}))
    request = team.ask()
    leave(team, team.leader)
    assert (seat_of(request).role, seat_of(request).branch) == ("branch_manager", team.branch)
    assert "已离职" in TrailEvent.objects.get(event="rerouted").text
    assert team.sign(request, team.manager).state == "approved"


def test_a_leaving_told_ahead_is_followed_on_its_day(team: Any) -> None:
    team.route(team.stage("s", "single", {"people": [team.colleague.staff_no]}))
    request = team.ask()
    leave(team, team.colleague, last_day=TODAY)
    assert actions.reroute_stranded() == 0
    assert seat_of(request).person == team.colleague
    Engagement.objects.filter(person=team.colleague).update(ended_on=YESTERDAY)
    assert actions.reroute_stranded() == 1
    assert actions.reroute_stranded() == 0
    assert seat_of(request).role == "branch_manager"


def test_the_successor_in_the_role_comes_before_the_superior(team: Any) -> None:
    team.sit(team.colleague, "deputy_manager", branch=team.branch)
    successor = team.person("successor", "继任者")
    team.route(team.stage("s", "single", {"people": [team.colleague.staff_no]}))
    request = team.ask()
    team.sit(successor, "deputy_manager", branch=team.branch, effective_from=TODAY)
    leave(team, team.colleague)
    assert seat_of(request).person == successor


def test_somebody_wanted_elsewhere_in_the_round_does_not_take_over(team: Any) -> None:
    """The manager signs the second stage: the first stays for 转办 by hand instead of stranding the second."""
    named = {"people": [team.colleague.staff_no]}
    team.route(team.stage("one", "single", named), team.stage("two", "single", team.at_branch("branch_manager")))
    request = team.ask()
    leave(team, team.colleague)
    seat = seat_of(request)
    assert seat.person == team.colleague
    given = {"request_id": request.pk, "seat_id": seat.pk, "reason": "经办人已离职"}
    refused("forbidden", actions.reroute, to=team.hr, by=team.manager, **given)
    refused("same_person", actions.reroute, to=team.admin, by=team.admin, **given)
    refused("unfillable", actions.reroute, to=team.manager, by=team.admin, **given)
    actions.reroute(to=team.hr, by=team.admin, **given)
    team.sign(request, team.hr)
    assert team.sign(request, team.manager).state == "approved"


def test_by_hand_only_what_nobody_can_sign(team: Any, kind_with: Any) -> None:
    team.route(team.stage("s", "single", team.at_branch("branch_manager")))
    request = team.ask()
    given = {"request_id": request.pk, "seat_id": seat_of(request).pk, "reason": "无人", "to": team.hr, "by": team.admin}
    refused("not_stranded", actions.reroute, **given)
    team.manager.roles.all().delete()
    kind_with(transferable=False)
    assert "授予角色" in refused("not_transferable", actions.reroute, **given)
    kind_with(transferable=True)
    actions.reroute(**given)
    assert team.sign(request, team.hr).state == "approved"


def test_who_leaves_takes_their_delegations_along(team: Any) -> None:
    given = {"kinds": [], "since": TODAY, "until": TODAY, "reason": "休假"}
    actions.delegate(to=team.colleague, by=team.manager, **given)
    leave(team, team.colleague)
    assert Delegation.objects.get().ended_at is not None


def test_a_leaving_told_ahead_ends_delegations_on_its_day(team: Any) -> None:
    given = {"kinds": [], "since": TODAY, "until": TODAY, "reason": "休假"}
    row = actions.delegate(to=team.colleague, by=team.manager, **given)
    leave(team, team.colleague, last_day=TODAY)
    actions.reroute_stranded()
    assert Delegation.objects.get().ended_at is None
    Engagement.objects.filter(person=team.colleague).update(ended_on=YESTERDAY)
    for _ in range(2):
        actions.reroute_stranded()
    assert Delegation.objects.get().ended_at is not None
    (said,) = AuditRow.objects.filter(act="approvals.end_delegation").values_list("summary", flat=True)
    assert said == f"{team.colleague}已离职,终止委托:{row}"


def test_what_is_told_when(team: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[changes.Change] = []
    monkeypatch.setattr(changes, "_listeners", [told.append])
    change_leader(unit=team.team, person=team.colleague, since=TODAY, by=team.hr)
    leave(team, team.leader, last_day=TODAY)
    What, tomorrow = changes.What, TODAY + timedelta(days=1)
    assert told == [
        changes.Change(What.LEADERSHIP, False, team.leader.pk, TODAY),
        changes.Change(What.LEADERSHIP, True, team.colleague.pk, TODAY),
        changes.Change(What.EMPLOYMENT, False, team.leader.pk, tomorrow),
    ]
