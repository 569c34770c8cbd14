"""How long a session lasts, and what ends it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branch.people import actions
from branch.people.actions import Place, hold
from branch.people.sessions import sessions_of
from tests.branch.conftest import Office

NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def browser(office: Office) -> Client:
    office.add("700001", "新人", "trade_admin")
    return enter()


def enter() -> Client:
    found = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/140"})
    found.post("/login/", {"username": "700001", "password": "Correct-Horse-9"})
    return found


def open_(browser: Client) -> bool:
    return browser.get("/account/").status_code == 200


def test_a_page_learns_who_asks_in_one_statement(browser: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/notices/").status_code == 200
    asked = [query["sql"] for query in captured if 'FROM "auth_user"' in query["sql"] or 'FROM "branch_person"' in query["sql"]]
    assert len(asked) == 1


def test_a_shut_log_in_ends_its_sessions_with_the_next_page(browser: Client) -> None:
    assert open_(browser)
    get_user_model().objects.filter(username="700001").update(is_active=False)
    assert not open_(browser)


def test_an_idle_session_ends_after_an_hour(browser: Client, clock: Any) -> None:
    clock.shift(timedelta(minutes=59))
    assert open_(browser)
    clock.shift(timedelta(minutes=59))
    assert open_(browser)  # used meanwhile
    clock.shift(timedelta(minutes=61))
    assert not open_(browser)


def test_a_session_ends_after_eight_hours_however_busy(browser: Client, clock: Any) -> None:
    for _ in range(16):
        assert open_(browser)
        clock.shift(timedelta(minutes=30))
    clock.shift(timedelta(seconds=1))
    assert not open_(browser)


def test_watching_a_jobs_progress_does_not_keep_a_session_awake(browser: Client, clock: Any) -> None:
    for _ in range(7):
        browser.get("/jobs/1/progress/")
        clock.shift(timedelta(minutes=10))
    assert not open_(browser)


def test_the_key_of_a_session_changes_when_somebody_signs_in(office: Office) -> None:
    office.add("700001", "新人", "trade_admin")
    browser = Client()
    planted = browser.session  # a true one, whose key somebody else knows
    planted["seen"] = True
    planted.save()
    assert browser.cookies["sessionid"].value == planted.session_key
    browser.post("/login/", {"username": "700001", "password": "Correct-Horse-9"})
    assert open_(browser)
    assert browser.cookies["sessionid"].value != planted.session_key
    assert not Session.objects.filter(pk=planted.session_key).exists()


def test_other_devices_are_listed_and_can_be_left(browser: Client, office: Office) -> None:
    other = enter()
    page = browser.get("/account/").content.decode()
    assert page.count("Firefox · Windows") == 2
    assert "退出其他设备" in page
    assert browser.session.session_key not in page  # a page shows no key of a session
    assert browser.post("/account/sessions/end/").status_code == 302
    assert open_(browser)
    assert not open_(other)
    assert len(sessions_of(office["700001"])) == 1
    assert "退出其他设备" not in browser.get("/account/").content.decode().split('id="sessions"')[1]


def test_ending_sessions_touches_nobody_else(browser: Client, office: Office, signed_in: SignedIn) -> None:
    neighbour = signed_in("600001")
    assert actions.end_sessions(office["700001"]) == 1
    assert neighbour.get("/").status_code == 200
    assert Session.objects.count() == 1


def test_a_lent_role_is_gone_with_the_first_request_after_its_last_day(office: Office, clock: Any) -> None:
    office.add("700001", "代办", "attendance_clerk")
    today = date(2026, 11, 26)
    hold(office["700001"], "trade_admin", Place(branch=office.branch), since=today, until=today, lent_by=office["600001"])
    clock.move_to(datetime(2026, 11, 26, 15, 50, tzinfo=UTC))  # 23:50 in Shanghai
    browser = enter()
    assert browser.get("/roster/?branch=0755FT").status_code == 200
    clock.shift(timedelta(minutes=11))
    assert browser.get("/roster/?branch=0755FT").status_code == 403
