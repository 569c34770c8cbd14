"""A person's roles on the page: what was typed is kept where it can't be done, and nothing closed is offered or taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from branch.org.models import Branch, Group, Team, Unit
from branch.people.actions import Place, grant_role
from branch.people.models import SecondFactor
from kernel.refusals import Refusal
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]
OWN, WRONG = settings.DEMO_PASSWORD, "no-such-password"  # everybody's in `office`, and nobody's
ADMIN, BUSY = "100009", "600002"


def at_the_password(page: str) -> str:
    """What stands under the password field that was refused."""
    found = re.search(r'<input type="password"[^>]*is-invalid.*?<ul class="field-error"[^>]*>(.*?)</ul>', page, re.DOTALL)
    assert found, "no password field is marked"
    assert WRONG not in page
    return found[1]


def test_a_role_is_ended_anew_with_what_was_typed_where_the_password_was_wrong(office: Office, signed_in: SignedIn) -> None:
    browser, holding = signed_in(ADMIN), office[BUSY].roles.get(role="branch_finance")
    other = grant_role(
        person=office[BUSY],
        role="attendance_clerk",
        place=Place(branch=office.branch),
        since=timezone.localdate(),
        until=None,
        reason="兼任",
        by=office[ADMIN],
        reentered=True,
    )
    page = browser.get(f"/people/{BUSY}/roles/").content.decode()
    assert "<details open>" not in page
    assert {f'id="id_end_{row.pk}_reason"' in page for row in (holding, other)} == {True}, "each row has its own fields"
    given = {"last_day": "2099-12-31", "reason": "调离福田", "password": WRONG}
    page = browser.post(f"/roles/{holding.pk}/end/", given).content.decode()
    assert "没有终止" in at_the_password(page)
    row = page.split("<details open>")[1].split("</details>")[0]
    assert f'action="/roles/{holding.pk}/end/"' in row
    assert 'value="2099-12-31"' in row
    assert 'value="调离福田"' in row
    assert page.count("<details open>") == page.count("调离福田") == 1
    assert browser.post(f"/roles/{holding.pk}/end/", {**given, "password": OWN}).url == f"/people/{BUSY}/roles/"


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"last_day": "2020-01-01"}, "终止日不能早于昨天"), ({"last_day": "31.12.2099"}, ""), ({"reason": ""}, "必填")],
)
def test_a_role_does_not_end_by_what_cannot_be_read(
    office: Office, signed_in: SignedIn, changes: dict[str, str], words: str
) -> None:
    browser, holding = signed_in(ADMIN), office[BUSY].roles.get(role="branch_finance")
    given = {"last_day": "2099-12-31", "reason": "调离福田", "password": OWN, **changes}
    page = browser.post(f"/roles/{holding.pk}/end/", given).content.decode()
    assert words in page
    assert "<details open>" in page
    assert f'value="{given["last_day"]}"' in page
    holding.refresh_from_db()
    assert holding.effective_to is None


def test_what_one_has_lent_is_taken_back_without_a_password(office: Office, signed_in: SignedIn) -> None:
    lent = {"to": "600006", "since": f"{timezone.localdate()}", "until": f"{timezone.localdate()}", "reason": "休假"}
    browser = signed_in("600003")
    browser.post("/delegation/", {**lent, "holding": office["600003"].roles.get().pk})
    loan = office["600006"].roles.get(delegated_by=office["600003"])
    page = {"headers": {"Referer": "/delegation/"}, "follow": True}
    assert "没有收回" in browser.post(f"/roles/{loan.pk}/end/", {"reason": ""}, **page).content.decode()
    assert browser.post(f"/roles/{loan.pk}/end/", {"reason": "委托人收回"}).url == "/delegation/"


def test_a_role_is_granted_anew_with_what_was_typed_where_the_password_was_wrong(office: Office, signed_in: SignedIn) -> None:
    given = {"role": "compliance", "since": "2099-01-01", "reason": "任命〔2099〕1 号", "password": WRONG}
    page = signed_in(ADMIN).post("/people/600008/roles/grant/", given).content.decode()
    assert "没有授予" in at_the_password(page)
    assert 'value="任命〔2099〕1 号"' in page


def test_an_authenticator_is_taken_off_anew_with_the_reason_where_the_password_was_wrong(
    office: Office, signed_in: SignedIn
) -> None:
    browser = signed_in(ADMIN)
    SecondFactor.objects.create(person=office[BUSY], secret="A" * 32, confirmed_at=timezone.now())
    given, address = {"reason": "手机遗失,已当面核对", "password": WRONG}, f"/people/{BUSY}/second-factor/reset/"
    page = browser.post(address, given).content.decode()
    assert "没有重置" in at_the_password(page)
    assert 'value="手机遗失,已当面核对"' in page
    assert SecondFactor.objects.filter(person=office[BUSY]).exists()
    assert browser.post(address, {**given, "password": OWN}).url == f"/people/{BUSY}/roles/"


def test_a_password_is_reset_anew_on_the_page_where_the_own_was_wrong(office: Office, signed_in: SignedIn) -> None:
    page = signed_in(ADMIN).post("/people/600008/reset/", {"password": WRONG}).content.decode()
    assert "没有重置" in at_the_password(page)
    assert page.count("is-invalid") == 1, "not the grant's, too"


@pytest.fixture
def closed(office: Office) -> dict[str, Unit]:
    """Closed since yesterday: a team, a group of an open team, and a branch whose team nobody has closed."""
    yesterday = timezone.localdate() - timedelta(1)
    team = Team.objects.create(branch=office.branch, name="营销九队")
    Group.objects.create(team=team, name="第1组")
    Team.objects.filter(pk=team.pk).update(closed_on=yesterday)
    here = Team.objects.create(branch=office.branch, name="营销八队")
    group = Group.objects.create(team=here, name="第7组", closed_on=yesterday)
    Group.objects.create(team=here, name="第8组", closed_on=timezone.localdate())
    stray = Team.objects.create(branch=office.other, name="罗湖一队")
    Branch.objects.filter(pk=office.other.pk).update(closed_on=yesterday)
    team.refresh_from_db()
    office.other.refresh_from_db()
    return {"team": team, "group": group, "branch": office.other, "stray": Team.objects.get(pk=stray.pk)}


def test_only_what_is_open_is_offered(office: Office, signed_in: SignedIn, closed: dict[str, Unit]) -> None:
    page = signed_in(ADMIN).get(f"/people/{BUSY}/roles/").content.decode()
    offered = {name: page.split(f'<select name="{name}"')[1].split("</select>")[0] for name in ("branch", "team", "group")}
    assert "营销八队" in offered["team"]
    assert "第8组" in offered["group"], "on its last day still"
    for name, gone in (("branch", "罗湖"), ("team", "营销九队"), ("team", "罗湖一队"), ("group", "第7组"), ("group", "营销九队")):
        assert gone not in offered[name], gone


@pytest.mark.parametrize(
    ("role", "what"), [("team_leader", "team"), ("group_leader", "group"), ("trade_admin", "branch"), ("team_leader", "stray")]
)
def test_no_role_is_granted_where_it_is_closed(office: Office, closed: dict[str, Unit], role: str, what: str) -> None:
    given = {"person": office[BUSY], "since": timezone.localdate(), "until": None, "reason": "任命", "by": office[ADMIN]}
    place = Place(**{what.replace("stray", "team"): closed[what]})  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="已撤销,请选择现有的") as refusal:
        grant_role(**given, role=role, place=place, reentered=True)
    assert refusal.value.code == "unit_closed"
