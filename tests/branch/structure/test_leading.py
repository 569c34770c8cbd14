"""更换负责人: leadership, posting and role change hands on one day; one leader a team and day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from branch.audit.models import AuditRow
from branch.org.models import Group, Team
from branch.people import access
from branch.people.actions import Place, hold
from branch.people.models import Engagement, Leadership, Person, Posting
from branch.people.queries import leader_on, postings_on
from branch.structure.actions import change_leader
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office

TODAY, HIRED = date(2026, 11, 16), date(2026, 1, 5)
SINCE = date(2026, 12, 1)
EVE = SINCE - timedelta(1)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[Any]:
    with time_machine.travel(TODAY, tick=False) as travelled:
        yield travelled


@pytest.fixture
def team(office: Office) -> Team:
    """一队 with two groups: 600101 leads it, 600102 the first group; 600103 a manager, 600104 a broker; 600201 of 二队."""
    first = Team.objects.create(branch=office.branch, name="一队")
    group = Group.objects.create(team=first, name="第1组")
    second = Team.objects.create(branch=office.branch, name="二队")
    far = Group.objects.create(team=second, name="第1组")
    people = [("600101", "团队负责人", group), ("600102", "小组长", group), ("600103", "客户经理", group)]
    for staff_no, post, where in [*people, ("600104", "客户经理", group), ("600201", "客户经理", far)]:
        person = office.add(staff_no, f"某{staff_no[-1]}", "client_manager")
        kind = "broker" if staff_no == "600104" else "employee"
        Engagement.objects.create(
            person=person, branch=office.branch, kind=kind, hired_on=HIRED, contract_from=HIRED, contract_to=date(2029, 1, 4)
        )
        Posting.objects.create(person=person, branch=office.branch, team=where.team, group=where, post=post, effective_from=HIRED)
    Leadership.objects.create(team=first, person=office["600101"], effective_from=HIRED)
    Leadership.objects.create(team=first, group=group, person=office["600102"], effective_from=HIRED)
    hold(office["600101"], "team_leader", Place(team=first), since=HIRED)
    hold(office["600102"], "group_leader", Place(group=group), since=HIRED)
    return first


def post_on(person: Person, day: date) -> str:
    return postings_on([person.pk], day)[person.pk].post


def roles_on(person: Person, day: date) -> set[str]:
    return {row.role for row in access.holdings_on(person, day)} - {"client_manager"}


@pytest.mark.parametrize("by", ["600001", "100005", "100009"])
def test_all_changes_hands_on_the_day(office: Office, team: Team, by: str) -> None:
    change_leader(unit=team, person=office["600103"], since=SINCE, by=office[by])
    old, new = office["600101"], office["600103"]
    assert [leader_on(team.pk, day) for day in (EVE, SINCE)] == [old, new]
    assert [post_on(old, day) for day in (EVE, SINCE)] == ["团队负责人", "客户经理"]
    assert [post_on(new, day) for day in (EVE, SINCE)] == ["客户经理", "团队负责人"]
    assert [roles_on(old, day) for day in (EVE, SINCE)] == [{"team_leader"}, set()]
    assert [roles_on(new, day) for day in (EVE, SINCE)] == [set(), {"team_leader"}]
    row = AuditRow.objects.get(act="org.leader_change")
    assert (row.details["former"], row.details["leader"], row.branch_code) == ("600101", "600103", "0755FT")


def test_a_groups_leader_who_takes_the_team_gives_up_the_group(office: Office, team: Team) -> None:
    change_leader(unit=team, person=office["600102"], since=SINCE, by=office["600001"])
    assert post_on(office["600102"], SINCE) == "团队负责人"
    assert roles_on(office["600102"], SINCE) == {"team_leader"}
    group = Leadership.objects.get(group__isnull=False)
    assert group.effective_to == EVE
    change_leader(unit=group.group, person=office["600103"], since=SINCE, by=office["600001"])
    assert roles_on(office["600103"], SINCE) == {"group_leader"}
    assert post_on(office["600103"], SINCE) == "小组长"


def test_the_same_day_again_replaces_and_no_day_has_two(office: Office, team: Team) -> None:
    for staff_no in ("600103", "600102"):
        change_leader(unit=team, person=office[staff_no], since=SINCE, by=office["600001"])
    rows = Leadership.objects.filter(team=team, group=None).order_by("effective_from")
    assert [(row.person.staff_no, row.effective_from, row.effective_to) for row in rows] == [
        ("600101", HIRED, EVE),
        ("600102", SINCE, None),
    ]
    assert post_on(office["600103"], SINCE) == "客户经理"
    assert roles_on(office["600103"], SINCE) == set()


@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"person": "600201"}, Refusal, "不在“一队”任职"),
        ({"since": HIRED - timedelta(1)}, Refusal, "不在“一队”任职"),
        ({"person": "600104"}, Refusal, "证券经纪人"),
        ({"person": "600101"}, Refusal, "已经是"),
        ({"by": "600002"}, Forbidden, "没有权限"),
        ({"by": "600101"}, Forbidden, "没有权限"),
    ],
)
def test_changes_that_are_refused(office: Office, team: Team, changes: dict[str, Any], kind: type, words: str) -> None:
    given = {"person": "600103", "since": SINCE, "by": "600001", **changes}
    with pytest.raises(kind, match=words):
        change_leader(unit=team, person=office[given["person"]], since=given["since"], by=office[given["by"]])
    assert Leadership.objects.filter(effective_to=None).count() == Leadership.objects.count() == 2


def test_nothing_settled_later_is_overrun(office: Office, team: Team) -> None:
    change_leader(unit=team, person=office["600103"], since=SINCE, by=office["600001"])
    with pytest.raises(Refusal, match="自 2026-12-01 起由某3"):
        change_leader(unit=team, person=office["600102"], since=EVE, by=office["600001"])


def test_nobody_appoints_oneself(office: Office, team: Team) -> None:
    hold(office["600103"], "trade_admin", Place(branch=office.branch), since=HIRED)
    with pytest.raises(Refusal, match="不能任命自己"):
        change_leader(unit=team, person=office["600103"], since=SINCE, by=office["600103"])


def test_by_the_page_with_who_led_when(office: Office, team: Team, signed_in: Callable[[str], Client]) -> None:
    browser = signed_in("600001")
    address = f"/org/team/{team.pk}/leader/"
    assert address in browser.get(f"/org/branches/{office.branch.pk}/").content.decode()
    assert address not in signed_in("600002").get(f"/org/branches/{office.branch.pk}/").content.decode()
    page = browser.get(address).content.decode()
    assert "某1(600101)" in page
    assert "某4(600104)" not in page  # a broker is not offered
    refused = browser.post(address, {"person": office["600101"].pk, "since": "2099-12-01"})
    assert "已经是" in refused.content.decode()
    assert browser.post(address, {"person": office["600103"].pk, "since": "2099-12-01"}).status_code == 302
    assert leader_on(team.pk, date(2099, 12, 1)) == office["600103"]
    office.add("700001", "罗湖交易", "trade_admin", place=Place(branch=office.other))
    assert signed_in("700001").get(address).status_code == 404
    assert browser.get(f"/org/branch/{office.branch.pk}/leader/").status_code == 404
