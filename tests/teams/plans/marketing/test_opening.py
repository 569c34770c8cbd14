"""A new team begins when its plan is approved (A3): what is refused before, who may be posted there, what counts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.org.models import Team
from branch.people.models import Person
from branch.structure.actions import activate_team, save_unit
from branch.structure.queries import new_unit, teams_on
from branch.workbench.register import todos_for
from kernel.refusals import Forbidden, Refusal
from teams.plans.logs.duties import Clock, owed
from teams.plans.marketing import actions, queries
from teams.plans.marketing.models import MarketingPlan
from teams.plans.targets.models import Target
from teams.plans.targets.queries import months_of, units_below
from tests.factories.branch import LONG_AGO, People, give_role, make_person
from tests.factories.marketing import MANAGER, content, months, plan_world, preparing_team, sign, walked

TODAY = date(2027, 2, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=True):
        yield


@pytest.fixture
def world() -> tuple[People, dict[str, Person], Person]:
    people, office = plan_world()
    admin = make_person("100009", "管理员")
    give_role(admin, "administrator")
    return people, office, admin


def draft(team: Team, leader: Person, **changes: Any) -> MarketingPlan:
    given = content(work_plan="一季度招聘,二季度驻点", **changes)
    return actions.draft_plan(team=team, year=TODAY.year, content=given, by=leader)


def lacking(team: Team, by: Person, on: date = TODAY) -> list[str]:
    with pytest.raises(Refusal) as refused:
        activate_team(team=team, on=on, by=by)
    assert refused.value.code == "not_ready", refused.value
    return refused.value.items


def labels(person: Person) -> list[str]:
    person.__dict__.pop("_holdings", None)
    return [todo.label for todo in todos_for(person)]


def test_a3_on_the_first_of_february_the_dashboard_lists_each_team_and_a_new_team_is_refused(world: Any) -> None:
    """A3, word for word: "On 2027-02-01 the dashboard lists each team without an approved 2027 plan; activating a new team
    without 目标开户数 is refused"."""
    people, _office, admin = world
    team, leader = preparing_team(people)
    browser = Client()
    browser.force_login(people[MANAGER].user, backend="django.contrib.auth.backends.ModelBackend")
    dashboard = browser.get("/").content.decode()
    assert "团队没有已批准的2027年度营销方案" in dashboard
    page = browser.get("/plans/marketing/?year=2027").content.decode()
    late = [one.name for one in Team.objects.exclude(pk=team.pk)]
    assert len(late) == 3
    assert all(f"{people.branch.name} {name}" in page for name in late)
    draft(team, leader, months=months(net_income=1000))
    said = lacking(team, admin)
    assert any("没有列明目标开户数" in one for one in said)
    assert Team.objects.get(pk=team.pk).begun_on is None


def test_what_is_missing_is_named_step_by_step(world: Any) -> None:
    people, _office, admin = world
    team, leader = preparing_team(people)
    assert "还没有2027年度(或以后年度)的营销方案" in lacking(team, admin)[0]
    plan = draft(team, leader)
    assert plan.is_new_team, "whatever the box says"
    assert "还没有批准(现为草稿)" in lacking(team, admin)[0]
    actions.send_up(plan_id=plan.pk, by=leader)
    number = MarketingPlan.objects.get(pk=plan.pk).approval.number  # type: ignore[union-attr]
    assert lacking(team, admin) == [f"{plan}还没有批准(现为报批,申请 {number})"]


def test_a_team_without_a_leader_does_not_begin(world: Any) -> None:
    people, _office, admin = world
    team = Team.objects.create(branch=people.branch, name="营销五队", begun_on=None)
    assert "还没有团队负责人" in lacking(team, admin)[0]


def test_an_approved_plan_opens_the_team_and_its_figures_become_targets_then(world: Any) -> None:
    people, office, admin = world
    team, leader = preparing_team(people)
    plan = walked(draft(team, leader), people, office, by=leader)
    assert not Target.objects.filter(team=team).exists(), "not before it begins"
    assert "团队的方案已批准,待启用" in labels(admin)
    begun = activate_team(team=team, on=TODAY, by=admin)
    assert begun.begun_on == TODAY
    target = Target.objects.get(team=team, year=2027, metric="accounts")
    assert months_of([target.pk])[target.pk] == [Decimal("40.00")] * 12
    row = AuditRow.objects.get(act="org.activate")
    assert row.details["changes"] == {"begun_on": ["", "2027-02-01"]}
    assert "团队的方案已批准,待启用" not in labels(admin)
    with pytest.raises(Refusal, match="已经启用"):
        activate_team(team=team, on=date(2027, 3, 1), by=admin)
    assert MarketingPlan.objects.get(pk=plan.pk).left_out == []


def test_a_day_to_come_may_be_changed_and_one_gone_by_is_refused(world: Any) -> None:
    people, office, admin = world
    team, leader = preparing_team(people)
    walked(draft(team, leader), people, office, by=leader)
    with pytest.raises(Refusal, match="不能早于今天"):
        activate_team(team=team, on=date(2027, 1, 31), by=admin)
    activate_team(team=team, on=date(2027, 4, 1), by=admin)
    assert [line.preparing for line in teams_on(people.branch, date(2027, 3, 31)) if line.team == team] == [True]
    assert [line.preparing for line in teams_on(people.branch, date(2027, 4, 1)) if line.team == team] == [False]
    assert activate_team(team=team, on=date(2027, 3, 1), by=admin).begun_on == date(2027, 3, 1)
    assert "还没有2028年度" in lacking(team, admin, on=date(2028, 1, 4))[0], "a plan of the year it begins in"


def test_only_who_keeps_the_organisation_begins_a_team(world: Any) -> None:
    people, _office, _admin = world
    team, leader = preparing_team(people)
    with pytest.raises(Forbidden):
        activate_team(team=team, on=TODAY, by=leader)


def test_a_new_team_is_in_preparation_and_a_change_of_its_name_leaves_it_so(world: Any) -> None:
    people, _office, admin = world
    team = new_unit("team", str(people.branch.pk))
    team.name, team.begun_on = "营销六队", TODAY
    save_unit(unit=team, by=admin)
    assert Team.objects.get(name="营销六队").begun_on is None, "only activate_team begins a team"
    team.name, team.begun_on = "营销七队", TODAY
    save_unit(unit=team, by=admin)
    assert Team.objects.get(name="营销七队").begun_on is None


def test_a_team_at_work_keeps_its_day_and_is_not_set_up_tomorrow(world: Any) -> None:
    _people, _office, admin = world
    team = Team.objects.get(name="营销一队")
    team.opened_on = date(2026, 3, 1)
    save_unit(unit=team, by=admin)
    assert Team.objects.get(pk=team.pk).begun_on == date(2026, 3, 1)
    team.opened_on = date(2027, 2, 2)
    with pytest.raises(Refusal, match="设立日不能晚于今天"):
        save_unit(unit=team, by=admin)


def test_targets_logs_and_the_overdue_list_do_not_count_it(world: Any) -> None:
    people, _office, _admin = world
    team, leader = preparing_team(people)
    give_role(leader, "client_manager", branch=people.branch)
    days = {"hired_on": LONG_AGO, "contract_from": LONG_AGO, "contract_to": date(2029, 12, 31)}
    leader.engagements.create(branch=people.branch, kind="employee", **days)
    leader.postings.update(post="客户经理")  # a leader owes no log anyway
    whole = Target(branch=people.branch, year=2027, metric="accounts", level="branch")
    clock = Clock(date(2027, 1, 4), date(2027, 1, 29), timezone.now())

    def counted() -> tuple[bool, bool, bool]:
        units = [unit.team for unit in units_below(whole, TODAY)]
        late = queries.teams_without_plan(people[MANAGER], 2027, TODAY)
        return team in units, bool(owed([leader.pk], clock).get(leader.pk)), team in late

    assert counted() == (False, False, False)
    Team.objects.filter(pk=team.pk).update(begun_on=date(2027, 1, 18))
    assert counted() == (True, True, True)
    assert min(owed([leader.pk], clock)[leader.pk]) == date(2027, 1, 18), "no log is due from before"


def test_the_page_shows_what_is_there_and_what_is_not(world: Any) -> None:
    people, office, admin = world
    team, leader = preparing_team(people)
    browser = Client()
    browser.force_login(admin.user, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/org/team/{team.pk}/activate/"
    page = browser.get(address).content.decode()
    assert "还缺" in page
    assert "/plans/marketing/new/" not in page, "told, not linked: the administrator writes no plan"
    assert 'data-confirm-verb="启用"' not in page
    assert "筹办中" in browser.get(f"/org/branches/{people.branch.pk}/").content.decode()
    assert browser.post(address, {"on": "2027-02-01"}).status_code == 409
    walked(draft(team, leader), people, office, by=leader)
    assert 'data-confirm-verb="启用"' in browser.get(address).content.decode()
    assert browser.post(address, {"on": "2027-02-01"}).status_code == 302
    assert Team.objects.get(pk=team.pk).begun_on == TODAY


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_last_signature_and_the_beginning_at_once_lose_no_plan() -> None:
    """One plan is approved while the team begins on another: whoever comes second carries the figures over."""
    people, office = plan_world()
    admin = make_person("100009", "管理员")
    give_role(admin, "administrator")
    team, leader = preparing_team(people)
    walked(draft(team, leader), people, office, by=leader)
    given = content(work_plan="第二年", months=months(accounts=50))
    second = actions.draft_plan(team=team, year=2028, content=given, by=leader)
    actions.send_up(plan_id=second.pk, by=leader)
    sign(second, people[MANAGER])
    sign(second, office["office"])
    sign(second, office["channel"], opinion="无须会签", chosen={"countersign": []})
    sign(second, office["office"])
    sign(second, office["vice"], opinion="同意")
    gate = Barrier(2)

    def begin() -> None:
        gate.wait()
        activate_team(team=Team.objects.get(pk=team.pk), on=TODAY, by=admin)

    def last_word() -> None:
        gate.wait()
        sign(second, office["office"], data={"summary": "各部门同意"})

    def one(act: Callable[[], None]) -> None:
        try:
            act()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, (begin, last_word)))
    found = Target.objects.filter(team=team, metric="accounts").values_list("year", flat=True)
    assert sorted(found) == [2027, 2028]
