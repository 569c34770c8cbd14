"""Art. 7: one leader a team and day; what is asked for goes to the leader of that day, what is open follows the leader."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from approvals.requests import actions as approvals
from approvals.requests.models import Request, Seat
from branch.people.models import Person
from branch.people.queries import leader_on
from branch.structure.actions import change_leader
from kernel.refusals import Refusal
from teams.plans.moves import actions
from tests.factories.branch import People
from tests.factories.marketing import first_team
from tests.factories.moves import COLLEAGUE, HR, LEADER, MANAGER, MEMBER, moves_world

pytestmark = pytest.mark.django_db
FIFTEENTH = date(2026, 10, 15)
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def people() -> People:
    return moves_world(clients=0)


def on(monkeypatch: pytest.MonkeyPatch, people: People, day: date) -> None:
    """The program believes it is noon of that day."""
    moment = datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    for person in people.by_no.values():
        person.__dict__.pop("_holdings", None)


def ask(people: People, who: str = MEMBER) -> Request:
    """A request whose first signer is the applicant's leader, filed today."""
    last_day = timezone.localdate() + timedelta(60)
    leaving = actions.file_leaving(person=people[who], kind="resigned", last_day=last_day, reason="x", by=people[who])
    sent = actions.send_leaving_up(leaving_id=leaving.pk, by=people[who])
    assert sent.approval is not None
    return sent.approval


def seat_of(request: Request) -> Seat:
    return Seat.objects.get(request=request, state="open")


def new_leader(people: People, since: date) -> Person:
    change_leader(unit=first_team(), person=people[COLLEAGUE], since=since, by=people[HR])
    return people[COLLEAGUE]


def test_after_a_change_on_the_15th_one_filed_on_the_16th_goes_to_the_new_leader(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, people, FIFTEENTH)
    new = new_leader(people, FIFTEENTH)
    on(monkeypatch, people, FIFTEENTH + timedelta(1))
    assert seat_of(ask(people)).person == new


def test_one_open_on_the_day_of_the_change_is_rerouted_and_the_former_leader_signs_no_more(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, people, FIFTEENTH - timedelta(1))
    request = ask(people)
    assert seat_of(request).person == people[LEADER]
    on(monkeypatch, people, FIFTEENTH)
    new = new_leader(people, FIFTEENTH)
    assert seat_of(request).person == new
    given: dict[str, Any] = {"request_id": request.pk, "act": "agree", "opinion": "", "seen_digest": request.content_digest}
    with pytest.raises(Refusal) as refusal:
        approvals.decide(**given, by=people[LEADER])
    assert refusal.value.code == "not_your_seat"
    approvals.decide(**given, by=new)


def test_a_change_told_ahead_reroutes_on_its_day_and_not_before(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, people, FIFTEENTH - timedelta(3))
    request = ask(people)
    new = new_leader(people, FIFTEENTH)
    assert approvals.reroute_stranded() == 0
    assert seat_of(request).person == people[LEADER]
    on(monkeypatch, people, FIFTEENTH)
    assert approvals.reroute_stranded() == 1
    assert seat_of(request).person == new


def test_exactly_one_leads_on_every_day(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, people, FIFTEENTH)
    new_leader(people, FIFTEENTH)
    team = first_team()
    assert leader_on(team.pk, FIFTEENTH - timedelta(1)) == people[LEADER]
    assert leader_on(team.pk, FIFTEENTH) == people[COLLEAGUE]
    rows = team.leaderships.filter(group=None).order_by("effective_from")
    assert [row.effective_to for row in rows] == [FIFTEENTH - timedelta(1), None]


def test_the_leaders_own_request_goes_to_the_manager(people: People) -> None:
    seat = seat_of(ask(people, LEADER))
    assert (seat.role, seat.branch) == ("branch_manager", people.branch)
    assert MANAGER in {holder.staff_no for holder in Person.objects.filter(roles__role=seat.role)}
