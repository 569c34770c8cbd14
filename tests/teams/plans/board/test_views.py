"""The team's month at a glance: what stands on it, for whom, and what it costs the database."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from branch.calendar import actions as calendar
from branch.org.models import Team
from branch.people.models import Engagement, Person, Posting
from kernel.months import Month
from teams.plans.board import queries
from teams.plans.expenses.actions import seed_kinds
from teams.plans.expenses.models import ExpenseKind
from teams.plans.targets.actions import add_milestone
from teams.plans.targets.models import DeviationNote, Target
from tests.factories.branch import People, give_role, load_roster_people
from tests.factories.plans import (
    GROUP_LEADER,
    MANAGER,
    TEAM_LEADER,
    TRADE,
    broken_down,
    imported,
    manager_rows,
    october,
    root,
)

pytestmark = pytest.mark.django_db
OCTOBER, OWNER, MATE = Month(2026, 10), "600103", "600107"
LATE = timezone.make_aware(datetime(2026, 11, 10, 12))


@pytest.fixture
def people() -> People:
    calendar.take_reference([(date(2026, 10, day), "public_holiday", "国庆") for day in range(1, 8)])
    return load_roster_people()


def team_of(people: People) -> Team:
    return Team.objects.select_related("branch").get(branch=people.branch, name="营销一队")


def set_out(people: People) -> dict[str, Target]:
    """营销一队 20 accounts in October: 第3组 12, of whom two people 6 and 5; 第1组 6."""
    whole = root(people, "accounts", october(30))
    team = broken_down(whole, {"营销一队": october(20)}, people[MANAGER])["营销一队"]
    groups = broken_down(team, {"第3组": october(12), "第1组": october(6)}, people[TEAM_LEADER])
    own = broken_down(groups["第3组"], {str(people[OWNER]): october(6), str(people[MATE]): october(5)}, people[TEAM_LEADER])
    return {"team": team, "owner": own[str(people[OWNER])], "mate": own[str(people[MATE])]}


def board(people: People, staff_no: str = TEAM_LEADER, now: datetime = LATE) -> queries.TeamBoard:
    people[staff_no].__dict__.pop("_holdings", None)
    team = queries.teams_for(people[staff_no], OCTOBER).get(name="营销一队")
    return queries.board_of(people[staff_no], team, OCTOBER, now)


def line(found: queries.TeamBoard, staff_no: str) -> queries.PersonLine:
    return next(one for one in found.people if one.person.staff_no == staff_no)


def test_each_person_with_what_is_reached_and_why_somebody_is_behind(people: People) -> None:
    targets = set_out(people)
    rows = manager_rows(people, OWNER, (9, 12, 13, 14, 15, 20)) + manager_rows(people, MATE, (9,), first=50)
    imported(people, rows, "2026-10-31 17:00")
    found = board(people)
    owner, mate = line(found, OWNER), line(found, MATE)
    cell = owner.cells["accounts"].standing
    assert (cell.actual, cell.completion, cell.reached_on, cell.in_time) == (6, 1, date(2026, 10, 20), False)
    assert not owner.is_behind
    assert mate.is_behind
    assert mate.why.startswith("新开户数 1/5,近 22 天无新增;缺日志 ")
    assert DeviationNote.objects.filter(target=targets["mate"]).exists()
    assert "偏差说明待写 1 份" in mate.why
    head = found.head[0]
    assert (head.standing.actual, head.gap) == (7, 2)  # 20 of the team, 18 of its groups


def test_groups_rank_by_their_completion(people: People) -> None:
    set_out(people)
    imported(people, manager_rows(people, OWNER, (9, 12, 13, 14, 15, 20)), "2026-10-31 17:00")
    found = board(people)
    assert [(one.group.name, one.rank, one.score) for one in found.groups[:2]] == [
        ("第3组", 1, Decimal("0.5000")),
        ("第1组", 2, Decimal("0.0000")),
    ]
    assert found.groups[-1].rank is None  # 第2组 has nothing to reach


def test_missing_logs_are_those_of_employees_by_now(people: People) -> None:
    days = 17  # workdays of October after the holidays
    assert line(board(people, now=LATE), OWNER).owes.logs in (0, days)
    employee = Engagement.objects.get(person=people[OWNER]).kind == "employee"
    assert line(board(people, now=LATE), OWNER).owes.logs == (days if employee else 0)
    Engagement.objects.filter(person=people[OWNER]).update(kind="broker")
    assert line(board(people, now=LATE), OWNER).owes.logs == 0


def test_overdue_milestones_stand_with_whose_they_are(people: People) -> None:
    given = {"branch": people.branch, "team": team_of(people), "responsible": people[OWNER], "by": people[TEAM_LEADER]}
    add_milestone(name="签约", due_on=date(2026, 10, 20), **given)
    found = board(people)
    assert [row.name for row in found.milestones] == ["签约"]
    assert "里程碑逾期 1 项" in line(found, OWNER).why
    assert board(people, now=timezone.make_aware(datetime(2026, 10, 20, 9))).milestones == []


def test_a_group_leader_sees_the_own_group_and_no_money(people: People) -> None:
    set_out(people)
    found = board(people, GROUP_LEADER)
    assert {one.group.name for one in found.people if one.group} == {"第2组"}
    assert [one.group.name for one in found.groups] == ["第2组"]
    assert (found.head, found.growth, found.costs, found.whole) == ([], [], None, False)
    assert found.name == "营销一队第2组"


def test_whose_board_one_may_choose(people: People) -> None:
    names = {no: set(queries.teams_for(people[no], OCTOBER).values_list("name", flat=True)) for no in (TEAM_LEADER, MANAGER)}
    assert names[TEAM_LEADER] == {"营销一队"}
    assert names[MANAGER] > {"营销一队", "营销二队"}
    assert not queries.teams_for(people["600006"], OCTOBER).exists()


def test_the_expenses_stand_against_the_income(people: People) -> None:
    from teams.plans.expenses.actions import record_expense

    seed_kinds()
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-31 17:00")
    given = {"team": team_of(people), "day": date(2026, 10, 12), "kind": ExpenseKind.objects.first(), "activity": "讲座"}
    record_expense(amount=Decimal("73.00"), paper=b"%PDF-", paper_name="x.pdf", by=people[TEAM_LEADER], **given)
    costs = board(people).costs
    assert costs is not None
    assert (costs.spent, costs.income, costs.rate, costs.is_over) == (
        Decimal("73.00"),
        Decimal("145.98"),
        Decimal("0.5001"),
        True,
    )
    assert board(people, TRADE).costs is None


def test_who_moved_away_is_said_to_have(people: People) -> None:
    set_out(people)
    former = Posting.objects.get(person=people[OWNER])
    former.effective_to = date(2026, 10, 15)
    former.save()
    assert line(board(people), OWNER).why.startswith("已调出本队;")
    assert line(board(people), MATE).here
    other = former.team.groups.get(name="第1组")  # type: ignore[union-attr]
    day = {"person": people[OWNER], "branch": people.branch, "team": former.team, "post": former.post}
    Posting.objects.create(**day, group=other, effective_from=date(2026, 10, 16))
    found = line(board(people), OWNER)
    assert (found.here, found.group) == (True, other)
    assert found.why.endswith("已换组,目标还在第3组")


def test_the_page_says_it_on_fifteen_statements_however_many_people(people: People) -> None:
    set_out(people)
    imported(people, manager_rows(people, OWNER, (9, 12)), "2026-10-31 17:00")
    browser = Client()
    browser.force_login(people[TEAM_LEADER].user, backend="django.contrib.auth.backends.ModelBackend")

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            page = browser.get("/plans/board/?month=2026-10").content.decode()
        assert "新开户数 2/6" in page
        return len(captured)

    few = asked()
    posted = Posting.objects.get(person=people[OWNER])
    for number in range(50):
        person = Person.objects.create(staff_no=f"69{number:04d}", name=f"新人{number}")
        give_role(person, "client_manager", branch=people.branch)
        day = {"person": person, "branch": people.branch}
        Posting.objects.create(**day, post="客户经理", team=posted.team, group=posted.group, effective_from=date(2026, 9, 1))
        Engagement.objects.create(**day, kind="employee", hired_on=date(2026, 9, 1), contract_from=date(2026, 9, 1))
    assert asked() == few <= 15


def test_the_board_is_the_first_thing_a_leader_finds(people: People) -> None:
    def home(staff_no: str) -> Any:
        browser = Client()
        browser.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
        return browser.get("/").context["tiles"]

    assert (home(TEAM_LEADER)[0].label, home(TEAM_LEADER)[0].url) == ("营销一队", "/plans/board/")
    assert home(GROUP_LEADER)[0].label == "第2组"
    assert all(tile.value != "团队看板" for tile in home(OWNER))


def test_the_api_says_the_same_and_keeps_to_the_own_teams(people: People) -> None:
    set_out(people)
    browser = Client()
    browser.force_login(people[TEAM_LEADER].user, backend="django.contrib.auth.backends.ModelBackend")
    told = browser.get("/api/v1/plans/board/?month=2026-10").json()
    assert told["head"][0]["gap"] == "2.00"
    assert {one["group"] for one in told["groups"]} == {"第1组", "第2组", "第3组"}
    other = Team.objects.exclude(pk=team_of(people).pk).filter(branch=people.branch).first()
    assert other is not None
    assert browser.get(f"/api/v1/plans/board/?team={other.pk}").status_code == 404
    assert browser.get(f"/plans/board/?team={other.pk}").context["team"].name == "营销一队"
