"""The month's board: whoever was there on any of its days, on just those days; and what of it is taken away."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from branch.exports.models import Export
from branch.org.models import Team
from branch.people.models import Leadership, Person, Posting
from kernel.months import Month
from teams.plans.logs import queries
from tests.factories.branch import People
from tests.factories.logs import OWNER, TEAM_LEADER, at, roster, written

OCTOBER, NOW = Month(2026, 10), at("2026-11-02 12:00")
MOVED = date(2026, 10, 15)
pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return roster()


def moved(person: Person, to: Team) -> None:
    """From the 15th in another team."""
    former = person.postings.get()
    Posting.objects.filter(pk=former.pk).update(effective_to=date(2026, 10, 14))
    Posting.objects.create(person=person, branch=former.branch, team=to, post=former.post, effective_from=MOVED)


def days_of(who: Person, whose: Person) -> tuple[list[int], int] | None:
    """The days on which the board of `who` says something of `whose`, and how many logs it counts as due."""
    rows = queries.board(queries.people_led(who, OCTOBER), OCTOBER, NOW)
    row = next((one for one in rows if one.person == whose), None)
    return None if row is None else ([cell.day.day for cell in row.cells if cell.word], row.counts.due)


def test_who_moved_within_the_month_is_on_both_boards_with_the_own_days_of_each(people: People) -> None:
    owner, leader = people[OWNER], people[TEAM_LEADER]
    written(owner, 8)
    other = Team.objects.get(name="营销二队")
    whole = days_of(leader, owner)
    moved(owner, other)
    early, late = days_of(leader, owner), days_of(Leadership.objects.get(team=other, group=None).person, owner)
    assert whole is not None
    assert early is not None
    assert late is not None
    assert max(early[0]) < 15 <= min(late[0])
    assert sorted(early[0] + late[0]) == whole[0]
    assert early[1] + late[1] == whole[1]


def test_a_leaver_stays_on_the_month_and_is_gone_from_the_next(people: People) -> None:
    owner, leader = people[OWNER], people[TEAM_LEADER]
    owner.postings.update(effective_to=date(2026, 10, 9))
    owner.engagements.update(ended_on=date(2026, 10, 9))
    found = days_of(leader, owner)
    assert found is not None
    assert max(found[0]) == 9
    assert owner not in [one.person for one in queries.people_led(leader, OCTOBER.next)]


def test_who_joins_later_in_the_month_is_there_already(people: People) -> None:
    owner, leader = people[OWNER], people[TEAM_LEADER]
    owner.postings.update(effective_from=date(2026, 10, 20))
    owner.engagements.update(hired_on=date(2026, 10, 20))
    found = days_of(leader, owner)
    assert found is not None
    assert min(found[0]) == 20


def test_the_board_and_the_logs_can_be_taken_away(people: People) -> None:
    written(people[OWNER], 8)
    browser = Client()
    browser.force_login(people[TEAM_LEADER].user, backend="django.contrib.auth.backends.ModelBackend")
    browser.post("/exports/new/log-months/?month=2026-10")
    browser.post("/exports/new/work-logs/?month=2026-10")
    browser.post("/exports/new/work-logs/?month=2026-09")
    shown = len(queries.people_led(people[TEAM_LEADER], OCTOBER))
    found = [(export.kind, export.rows) for export in Export.objects.order_by("pk")]
    assert found == [("log-months", shown), ("work-logs", 1), ("work-logs", 0)]
    page = browser.get("/plans/logs/?month=2026-10").content.decode()
    assert "/exports/new/log-months/" in page
