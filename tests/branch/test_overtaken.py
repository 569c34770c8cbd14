"""Two people at one row: the second sees both values, keeps what was typed, and chooses."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from branch.audit.models import AuditRow
from branch.calendar.actions import set_day
from branch.calendar.models import SpecialDay
from branch.org.models import Outlet, Team
from branch.parameters.actions import propose
from branch.parameters.models import ParameterValue
from branch.people.actions import Place, grant_role
from branch.people.models import RoleHolding
from branch.structure.actions import save_unit, values
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]
ADMIN, COLLEAGUE = "100009", "190010"


@pytest.fixture
def team(office: Office) -> Team:
    office.add(COLLEAGUE, "同事乙", "administrator", place=Place())
    return Team.objects.create(branch=office.branch, name="一队")


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="(\w*)"', page)
    assert found
    return found[1]


def rename(office: Office, team: Team, name: str) -> None:
    """The colleague saves first."""
    fresh = Team.objects.get(pk=team.pk)
    fresh.name = name
    save_unit(unit=fresh, by=office[COLLEAGUE], seen=stamp(values(Team.objects.get(pk=team.pk))))


def _given(name: str, seen: str) -> dict[str, str]:
    return {"name": name, "opened_on": "2000-01-01", "closed_on": "", "seen": seen}


def test_the_second_editor_sees_both_values_keeps_the_own_and_chooses(office: Office, team: Team, signed_in: SignedIn) -> None:
    browser, address = signed_in(ADMIN), f"/org/team/{team.pk}/edit/"
    seen = seen_on(browser.get(address).content.decode())
    rename(office, team, "福田一队")
    answer = browser.post(address, _given("营销一队", seen))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert re.search(r"“名称”:同事 同事乙\(190010\) 于 \d\d-\d\d \d\d:\d\d 已改为“福田一队”,您填写的是“营销一队”", page)
    assert "“设立日”" not in page  # only what differs
    assert 'value="营销一队"' in page  # what was typed stays
    assert "采用同事的内容" in page
    assert Team.objects.get(pk=team.pk).name == "福田一队"
    assert browser.post(address, _given("营销一队", seen_on(page))).status_code == 302  # the own entry, chosen with open eyes
    assert Team.objects.get(pk=team.pk).name == "营销一队"


def test_a_third_save_between_the_two_is_shown_again(office: Office, team: Team, signed_in: SignedIn) -> None:
    browser, address = signed_in(ADMIN), f"/org/team/{team.pk}/edit/"
    seen = seen_on(browser.get(address).content.decode())
    rename(office, team, "福田一队")
    page = browser.post(address, _given("营销一队", seen)).content.decode()
    rename(office, team, "莲花一队")
    again = browser.post(address, _given("营销一队", seen_on(page))).content.decode()
    assert "改为“莲花一队”" in again
    assert Team.objects.get(pk=team.pk).name == "莲花一队"


def test_the_same_values_again_overtake_nobody(office: Office, team: Team, signed_in: SignedIn) -> None:
    browser, address = signed_in(ADMIN), f"/org/team/{team.pk}/edit/"
    seen = seen_on(browser.get(address).content.decode())
    rename(office, team, "福田一队")
    rename(office, team, "一队")
    assert browser.post(address, _given("营销一队", seen)).status_code == 302


def test_a_ticked_box_and_an_hour_are_said_in_words(office: Office, team: Team, signed_in: SignedIn) -> None:
    outlet = Outlet.objects.create(branch=office.branch, name="岗厦网点")
    browser, address = signed_in(ADMIN), f"/org/outlet/{outlet.pk}/edit/"
    seen = seen_on(browser.get(address).content.decode())
    fresh = Outlet.objects.get(pk=outlet.pk)
    fresh.open_on_weekends, fresh.opens_at = not fresh.open_on_weekends, fresh.opens_at.replace(hour=10)
    save_unit(unit=fresh, by=office[COLLEAGUE])
    given = {"name": "岗厦", "opens_at": "09:00", "closes_at": "17:00", "opened_on": "2000-01-01", "closed_on": "", "seen": seen}
    page = browser.post(address, given).content.decode()
    assert re.search(r"改为“[是否]”,您填写的是“[是否]”", page)
    assert re.search(r"改为“10:00(:00)?”,您填写的是“09:00”", page)


def test_a_day_of_the_calendar_changed_meanwhile_is_shown(office: Office, team: Team, signed_in: SignedIn) -> None:
    browser, day = signed_in(ADMIN), date(2027, 3, 3)
    seen = seen_on(browser.get(f"/calendar/edit/?day={day}").content.decode())
    set_day(day=day, kind="market_closure", name="台风", reason="交易所通知", by=office[COLLEAGUE])
    given = {"day": day.isoformat(), "kind": "public_holiday", "name": "", "reason": "放假通知", "seen": seen}
    page = browser.post("/calendar/edit/", given).content.decode()
    assert "改为“休市”,您填写的是“放假(调休)”" in page
    assert "同事乙" in page
    assert SpecialDay.objects.get(day=day).kind == "market_closure"
    assert browser.post("/calendar/edit/", {**given, "seen": seen_on(page)}).status_code == 302
    assert SpecialDay.objects.get(day=day).kind == "public_holiday"


def test_another_day_typed_than_was_shown_does_not_slip_over_a_holiday(office: Office, signed_in: SignedIn) -> None:
    browser, holiday = signed_in(ADMIN), SpecialDay.objects.filter(kind="statutory_holiday").first()
    assert holiday is not None
    seen = seen_on(browser.get("/calendar/edit/").content.decode())
    given = {"day": holiday.day.isoformat(), "kind": "", "name": "", "reason": "放假通知", "seen": seen}
    assert "法定节假日" in browser.post("/calendar/edit/", given).content.decode()
    assert SpecialDay.objects.filter(pk=holiday.pk).exists()


def test_the_second_proposal_of_a_parameter_names_both(office: Office, signed_in: SignedIn) -> None:
    row = ParameterValue.objects.filter(code="iit.standard_deduction").first() or ParameterValue.objects.all()[0]
    given = {"effective_to": None, "source": "通知", "note": ""}
    propose(code=row.code, value="6000", effective_from=date(2027, 1, 1), by=office["100003"], **given)
    with pytest.raises(Refusal) as refused:
        propose(code=row.code, value="7000", effective_from=date(2027, 2, 1), by=office["100003"], **given)
    assert "6000(自 2027-01-01 起),您填写的是 7000(自 2027-02-01 起)" in refused.value.items[0]


# --- at the same moment, on PostgreSQL -----------------------------------------------------------------------------------


def _at_once(*acts: Callable[[], Any]) -> list[str]:
    barrier = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(20)
            act()
        except Overtaken:
            return "overtaken"
        except Refusal:
            return "refused"
        finally:
            connection.close()
        return "saved"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def _save(team: Team, name: str, by: Any, seen: str) -> Callable[[], Any]:
    def act() -> None:
        mine = Team.objects.get(pk=team.pk)
        mine.name = name
        time.sleep(0.01)
        save_unit(unit=mine, by=by, seen=seen)

    return act


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_two_editors_at_once_one_saves_and_one_is_asked() -> None:
    office = Office()
    office.add(COLLEAGUE, "同事乙", "administrator", place=Place())
    team = Team.objects.create(branch=office.branch, name="一队")
    admins = (office[ADMIN], office[COLLEAGUE])
    for number in range(5):
        seen = stamp(values(Team.objects.get(pk=team.pk)))
        acts = [_save(team, f"{number}-{by.staff_no}", by, seen) for by in admins]
        assert _at_once(*acts) == ["overtaken", "saved"]
    acts = [_save(team, f"naive-{by.staff_no}", by, "") for by in admins]
    assert _at_once(*acts) == ["saved", "saved"], "control: without the stamp the last one wins unseen"


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_role_and_a_proposal_asked_for_twice_at_once_are_there_once() -> None:
    office = Office()
    office.add(COLLEAGUE, "同事乙", "administrator", place=Place())
    people, today = (office[ADMIN], office[COLLEAGUE]), date.today()
    somebody, code = office["600003"], ParameterValue.objects.values_list("code", flat=True)[0]

    def grant(by: Any) -> Callable[[], Any]:
        place = Place(branch=office.branch)
        return lambda: grant_role(
            person=somebody, role="branch_finance", place=place, since=today, until=None, reason="轮岗", by=by, reentered=True
        )

    def ask(value: str) -> Callable[[], Any]:
        given = {"effective_from": date(2028, 1, 1), "effective_to": None, "source": "通知", "note": ""}
        return lambda: propose(code=code, value=value, by=office["100003"], **given)

    assert _at_once(*(grant(by) for by in people)) == ["refused", "saved"]
    assert RoleHolding.objects.filter(person=somebody, role="branch_finance").count() == 1
    assert _at_once(ask("1"), ask("2")) == ["refused", "saved"]
    assert ParameterValue.objects.filter(code=code, state="proposed").count() == 1
    assert AuditRow.objects.filter(act="parameter.propose").count() == 1
