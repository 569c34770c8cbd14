"""Who belonged to a team when: 期初 + 入职 + 调入 − 调出 − 离职 = 期末, whatever happened in between."""

from __future__ import annotations

from datetime import date

import pytest

from branch.org.models import Group, Team
from branch.people.models import Engagement, Person, Posting
from kernel.months import Month
from teams.plans.reports.placing import IN, JOINED, LEFT, OUT, WITHIN, Places
from tests.factories.branch import make_branch, make_person

JUNE, JULY = Month(2026, 6), Month(2026, 7)
pytestmark = pytest.mark.django_db


class Yard:
    """A branch with two teams, and people put into them."""

    def __init__(self) -> None:
        self.branch = make_branch()
        self.one, self.two = (Team.objects.create(branch=self.branch, name=name) for name in ("一队", "二队"))

    def person(self, no: str, hired: date, ended: date | None = None) -> Person:
        person = make_person(no, f"姓名{no}", sign_in=False)
        Engagement.objects.create(
            person=person, branch=self.branch, kind="employee", hired_on=hired, ended_on=ended, contract_from=hired
        )
        return person

    def post(self, person: Person, team: Team | None, first: date, last: date | None = None, group: Group | None = None) -> None:
        given = {"branch": self.branch, "team": team, "group": group, "post": "客户经理"}
        Posting.objects.create(person=person, effective_from=first, effective_to=last, **given)

    def said(self, month: Month = JUNE) -> list[tuple[str, str, str]]:
        lines = Places(self.branch).movements(self.one, month.first, month.last)
        return [(line.word, line.staff_no, line.day.isoformat()) for line in lines]

    def balance(self, month: Month = JUNE) -> tuple[int, int]:
        """Heads at the end as counted, and as the movements make them from the beginning."""
        places = Places(self.branch)
        begin, end = (len(places.members(self.one, day)) for day in (month.previous.last, month.last))
        words = [word for word, _, _ in self.said(month)]
        sums = {word: words.count(word) for word in (JOINED, IN, OUT, LEFT)}
        return end, begin + sums[JOINED] + sums[IN] - sums[OUT] - sums[LEFT]


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_comings_goings_and_moves(yard: Yard) -> None:
    stays = yard.person("1", date(2025, 1, 1))
    yard.post(stays, yard.one, date(2025, 1, 1))
    joins = yard.person("2", date(2026, 6, 8))
    yard.post(joins, yard.one, date(2026, 6, 8))
    leaves = yard.person("3", date(2025, 1, 1), date(2026, 6, 30))
    yard.post(leaves, yard.one, date(2025, 1, 1), date(2026, 6, 30))
    comes = yard.person("4", date(2025, 1, 1))
    yard.post(comes, yard.two, date(2025, 1, 1), date(2026, 6, 14))
    yard.post(comes, yard.one, date(2026, 6, 15))
    goes = yard.person("5", date(2025, 1, 1))
    yard.post(goes, yard.one, date(2025, 1, 1), date(2026, 6, 14))
    yard.post(goes, yard.two, date(2026, 6, 15))
    group = Group.objects.create(team=yard.one, name="第1组")
    shifts = yard.person("6", date(2025, 1, 1))
    yard.post(shifts, yard.one, date(2025, 1, 1), date(2026, 6, 21))
    yard.post(shifts, yard.one, date(2026, 6, 22), group=group)
    assert yard.said() == [
        (JOINED, "2", "2026-06-08"),
        (IN, "4", "2026-06-15"),
        (OUT, "5", "2026-06-15"),
        (WITHIN, "6", "2026-06-22"),
        (LEFT, "3", "2026-06-30"),
    ]
    assert yard.balance() == (4, 4)
    assert yard.said(JULY) == []
    assert yard.balance(JULY) == (4, 4)


def test_who_joins_and_leaves_within_the_month(yard: Yard) -> None:
    brief = yard.person("1", date(2026, 6, 3), date(2026, 6, 20))
    yard.post(brief, yard.one, date(2026, 6, 3), date(2026, 6, 20))
    assert [word for word, _, _ in yard.said()] == [JOINED, LEFT]
    assert yard.balance() == (0, 0)


def test_who_moves_and_leaves_on_one_day(yard: Yard) -> None:
    hasty = yard.person("1", date(2025, 1, 1), date(2026, 6, 20))
    yard.post(hasty, yard.one, date(2025, 1, 1), date(2026, 6, 19))
    yard.post(hasty, yard.two, date(2026, 6, 20), date(2026, 6, 20))
    assert [word for word, _, _ in yard.said()] == [OUT]
    assert yard.balance() == (0, 0)


def test_who_was_there_before_the_roster_is_no_newcomer(yard: Yard) -> None:
    """The roster's first posting begins with the roster; the work began earlier."""
    old = yard.person("1", date(2020, 1, 1))
    yard.post(old, yard.one, date(2026, 6, 1))
    assert yard.said() == []
    assert yard.balance() == (1, 1)


def test_who_comes_back_joins_again(yard: Yard) -> None:
    back = yard.person("1", date(2024, 1, 1), date(2025, 12, 31))
    yard.post(back, yard.two, date(2024, 1, 1), date(2025, 12, 31))
    Engagement.objects.create(
        person=back, branch=yard.branch, kind="broker", hired_on=date(2026, 6, 9), contract_from=date(2026, 6, 9)
    )
    yard.post(back, yard.one, date(2026, 6, 9))
    assert [word for word, _, _ in yard.said()] == [JOINED]
    assert yard.balance() == (1, 1)


def test_a_month_counts_where_it_ended(yard: Yard) -> None:
    person = yard.person("1", date(2025, 1, 1))
    yard.post(person, yard.one, date(2025, 1, 1), date(2026, 6, 29))
    yard.post(person, yard.two, date(2026, 6, 30))
    places = Places(yard.branch)
    for month, team in ((Month(2026, 5), yard.one), (JUNE, yard.two)):
        posting = places.in_month(person.pk, month)
        assert posting is not None
        assert posting.team == team
