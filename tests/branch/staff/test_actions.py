"""Somebody leaves: dated ends, what is refused, and the way back while the last day is not over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from branch.audit.models import AuditRow
from branch.org.models import Group, Team
from branch.people import access, register
from branch.people.actions import Place, hold
from branch.people.models import Engagement, GradeHolding, Leadership, Person, Posting, RoleHolding
from branch.people.queries import grades_on, has_left, leader_on, postings_on
from branch.staff.actions import cancel_leaving, register_leaving
from branch.structure.actions import change_leader
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office

TODAY, HIRED = date(2026, 11, 16), date(2026, 1, 5)
LATER = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(TODAY, tick=False) as travelled:
        yield travelled


@pytest.fixture
def leader(office: Office) -> Person:
    """600101 leads 一队; 600102 works in it."""
    team = Team.objects.create(branch=office.branch, name="一队")
    group = Group.objects.create(team=team, name="第1组")
    for staff_no, post in (("600101", "团队负责人"), ("600102", "客户经理")):
        person = office.add(staff_no, f"某{staff_no[-1]}", "client_manager")
        Engagement.objects.create(
            person=person,
            branch=office.branch,
            kind="employee",
            hired_on=HIRED,
            contract_from=HIRED,
            contract_to=date(2029, 1, 4),
        )
        Posting.objects.create(person=person, branch=office.branch, team=team, group=group, post=post, effective_from=HIRED)
        GradeHolding.objects.create(person=person, grade="中级", effective_from=HIRED)
    found = office["600101"]
    Leadership.objects.create(team=team, person=found, effective_from=HIRED)
    hold(found, "team_leader", Place(team=team), since=HIRED, reason="测试")
    return found


def leave(
    office: Office, last_day: date = LATER, *, who: str = "600101", by: str = "600001", reason: str = "本人辞职"
) -> Engagement:
    return register_leaving(person=office[who], last_day=last_day, reason=reason, by=office[by])


def state(person: Person) -> list[list[tuple[object, ...]]]:
    """Everything dated that hangs on the person."""
    rows = [model.objects.filter(person=person) for model in (Posting, GradeHolding, Leadership, RoleHolding)]
    return [sorted(found.values_list("pk", "effective_from", "effective_to"), key=str) for found in rows]


@pytest.mark.parametrize("by", ["600001", "100005"])
def test_everything_holds_on_the_last_day_and_nothing_the_day_after(office: Office, leader: Person, by: str) -> None:
    leave(office, by=by)
    team = Team.objects.get()
    for day, there in ((LATER, True), (LATER + timedelta(1), False)):
        assert bool(postings_on([leader.pk], day)) is there
        assert bool(grades_on([leader.pk], day)) is there
        assert (leader_on(team.pk, day) == leader) is there
        assert bool(access.holdings_on(office["600101"], day)) is there
        assert has_left(leader, day) is not there
    row = AuditRow.objects.get(act="people.leave")
    assert (row.branch_code, "本人辞职" in row.summary) == ("0755FT", True)


def test_the_log_in_works_on_the_last_day_and_is_shut_the_day_after(office: Office, leader: Person, clock: Any) -> None:
    leave(office)
    given = {"username": "600101", "password": "Correct-Horse-9"}
    browser = Client()
    clock.move_to(datetime(2026, 11, 30, 15, 30, tzinfo=UTC))  # half past eleven at night here
    browser.force_login(leader.user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/").status_code == 200
    assert Client().post("/login/", given).status_code == 302
    clock.move_to(datetime(2026, 11, 30, 16, 30, tzinfo=UTC))
    assert browser.get("/").status_code == 302
    assert "_auth_user_id" not in browser.session
    assert "工号或密码不对" in Client().post("/login/", given).content.decode()


def test_a_day_in_the_past_ends_the_sessions_at_once_but_no_role_before_yesterday(office: Office, leader: Person) -> None:
    browser = Client()
    browser.force_login(leader.user, backend="django.contrib.auth.backends.ModelBackend")
    leave(office, date(2026, 11, 10))
    assert browser.get("/").status_code == 302
    ends = set(RoleHolding.objects.filter(person=leader).values_list("effective_to", flat=True))
    assert ends == {TODAY - timedelta(1)}
    assert Posting.objects.get(person=leader).effective_to == date(2026, 11, 10)


def test_what_would_begin_later_never_begins_and_loans_end(office: Office, leader: Person) -> None:
    old = Posting.objects.get(person=leader)
    old.effective_to = date(2026, 12, 31)
    old.save()
    Posting.objects.create(person=leader, branch=office.branch, post="客户经理", effective_from=date(2027, 1, 1))
    lent = hold(office["600102"], "team_leader", Place(team=old.team), since=TODAY, until=date(2026, 12, 20), lent_by=leader)
    before = state(leader)
    leave(office)
    assert list(Posting.objects.filter(person=leader).values_list("effective_to", flat=True)) == [LATER]
    assert RoleHolding.objects.get(pk=lent.pk).effective_to == LATER
    cancel_leaving(person=leader, by=office["600001"])
    assert state(leader) == before
    assert RoleHolding.objects.get(pk=lent.pk).effective_to == date(2026, 12, 20)


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"by": "600002"}, Forbidden, "没有权限"),
        ({"by": "600101"}, Forbidden, "没有权限"),
        ({"last_day": HIRED - timedelta(1)}, Refusal, "不能早于入职日期"),
        ({"reason": " "}, Refusal, "离职原因"),
        ({"who": "600005"}, Refusal, "没有聘用记录"),
    ],
)
def test_leavings_that_are_refused(office: Office, leader: Person, changes: dict[str, Any], kind: type, words: str) -> None:
    before = state(leader)
    with pytest.raises(kind, match=words):
        leave(office, **changes)
    assert state(leader) == before
    assert not Engagement.objects.exclude(ended_on=None).exists()


def test_nobody_of_another_branch_nor_oneself_nor_twice(office: Office, leader: Person) -> None:
    office.add("700001", "罗湖交易", "trade_admin", place=Place(branch=office.other))
    with pytest.raises(Forbidden, match="没有权限"):
        leave(office, by="700001")
    hold(leader, "trade_admin", Place(branch=office.branch), since=HIRED, reason="测试")
    with pytest.raises(Refusal, match="不能登记自己离职"):
        leave(office, by="600101")
    leave(office)
    with pytest.raises(Refusal, match="已登记离职"):
        leave(office)


def test_a_guard_of_an_upper_app_is_heard(office: Office, leader: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def no(person: Person, last_day: date) -> None:
        raise Refusal(f"{person.staff_no} {last_day}")

    monkeypatch.setattr(register, "_guards", [no])
    with pytest.raises(Refusal, match="600101 2026-11-30"):
        leave(office)
    assert Engagement.objects.get(person=leader).ended_on is None


def test_taken_back_everything_is_as_before(office: Office, leader: Person, clock: Any) -> None:
    before = state(leader)
    leave(office)
    assert state(leader) != before
    clock.move_to(LATER)
    cancel_leaving(person=leader, by=office["100005"])
    assert state(leader) == before
    assert Engagement.objects.get(person=leader).ended_on is None
    assert AuditRow.objects.filter(act="people.leave_cancel").count() == 1
    with pytest.raises(Refusal, match="没有登记离职"):
        cancel_leaving(person=leader, by=office["100005"])


def test_after_the_last_day_it_is_not_taken_back(office: Office, leader: Person, clock: Any) -> None:
    leave(office)
    clock.move_to(LATER + timedelta(1))
    with pytest.raises(Refusal, match="不能撤销"):
        cancel_leaving(person=leader, by=office["600001"])


def test_a_place_taken_by_another_is_not_given_back(office: Office, leader: Person) -> None:
    leave(office)
    team = Team.objects.get()
    change_leader(unit=team, person=office["600102"], since=LATER + timedelta(1), by=office["600001"])
    with pytest.raises(Refusal, match="已由某2"):
        cancel_leaving(person=leader, by=office["600001"])
    assert Engagement.objects.get(person=leader).ended_on == LATER


def test_who_stepped_down_before_the_last_day_goes_on_as_a_manager(office: Office, leader: Person) -> None:
    leave(office)
    since = LATER - timedelta(5)
    change_leader(unit=Team.objects.get(), person=office["600102"], since=since, by=office["600001"])
    cancel_leaving(person=leader, by=office["600001"])
    assert postings_on([leader.pk], date(2027, 1, 1))[leader.pk].post == "客户经理"
    assert leader_on(Team.objects.get().pk, date(2027, 1, 1)) == office["600102"]
