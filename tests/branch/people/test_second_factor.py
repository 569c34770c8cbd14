"""The second factor: who needs it, what opens, what doesn't, and what a lost phone means."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django_otp.oath import hotp

from branch.audit.models import AuditRow
from branch.people import second_factor, throttle
from branch.people.actions import Place, hold
from branch.people.models import Person, RecoveryCode, SecondFactor
from branch.people.roles import ROLES, Power
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office

PASSWORD = "Correct-Horse-9"
NOW = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
SignedIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as travelling:
        yield travelling


@pytest.fixture
def forced(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def digits(factor: SecondFactor, *, later: int = 0) -> str:
    """What the phone shows, `later` steps from now."""
    step = int(datetime.now(UTC).timestamp()) // second_factor.STEP + later
    return f"{hotp(base64.b32decode(factor.secret), step, 6):06d}"


def enrol(person: Person) -> list[str]:
    factor = second_factor.offered(person)
    return second_factor.confirm(by=person, code=digits(factor), address="10.0.0.1")


def browse(staff_no: str, password: str = PASSWORD) -> tuple[Client, Any]:
    browser = Client()
    return browser, browser.post("/login/?next=/people/", {"username": staff_no, "password": password})


@pytest.fixture
def person(office: Office) -> Person:
    return office.add("700001", "新人", "branch_finance")


def factor_of(person: Person) -> SecondFactor:
    found = second_factor.enrolled(person)
    assert found is not None
    return found


# --- signing in ------------------------------------------------------------------------------------------------------


def test_an_enrolled_person_needs_the_code_after_the_password(person: Person, clock: Any) -> None:
    enrol(person)
    clock.shift(timedelta(seconds=31))
    browser, answer = browse("700001")
    assert answer.url == "/login/code/"
    assert browser.get("/").status_code == 302  # the password alone opens nothing
    assert browser.post("/login/code/", {"code": digits(factor_of(person))}).url == "/people/"
    assert browser.get("/").status_code == 200


def test_a_code_does_not_open_twice(person: Person, clock: Any) -> None:
    enrol(person)
    clock.shift(timedelta(seconds=31))
    code = digits(factor_of(person))
    assert second_factor.verify(person, code, address="a")
    assert not second_factor.verify(person, code, address="a")
    clock.shift(timedelta(seconds=30))
    assert second_factor.verify(person, digits(factor_of(person)), address="a")


@pytest.mark.parametrize(("later", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_a_slow_clock_is_let_pass(person: Person, clock: Any, later: int, opens: bool) -> None:
    enrol(person)
    clock.shift(timedelta(minutes=5))
    assert second_factor.verify(person, digits(factor_of(person), later=later), address="a") is opens


@pytest.mark.parametrize("code", ["", "abc", "12345", "1234567", "１２３４５６", "-12345", "0" * 40])
def test_nonsense_does_not_open(person: Person, code: str) -> None:
    enrol(person)
    assert not second_factor.verify(person, code, address="a")


def test_too_many_wrong_codes_shut_the_right_one_out_in_the_same_words(person: Person, clock: Any) -> None:
    enrol(person)
    clock.shift(timedelta(seconds=31))
    browser, _ = browse("700001")
    wrong = browser.post("/login/code/", {"code": "000000"}).content
    for _ in range(throttle.PER_PAIR - 1):
        browser.post("/login/code/", {"code": "000000"})
    locked = browser.post("/login/code/", {"code": digits(factor_of(person))})
    assert locked.status_code == 200
    assert "验证码不对,或者尝试次数过多" in locked.content.decode()
    assert len(wrong) == len(locked.content)


def test_the_second_step_waits_five_minutes_and_not_for_a_changed_password(person: Person, clock: Any) -> None:
    enrol(person)
    clock.shift(timedelta(seconds=31))
    browser, _ = browse("700001")
    clock.shift(timedelta(minutes=6))
    assert browser.post("/login/code/", {"code": digits(factor_of(person))}).url == "/login/"
    browser, _ = browse("700001")
    person.user.set_password("Another-Horse-9")
    person.user.save()
    assert browser.post("/login/code/", {"code": digits(factor_of(person))}).url == "/login/"


def test_nobody_reaches_the_second_step_without_the_first(office: Office) -> None:
    assert Client().get("/login/code/").url == "/login/"


# --- who needs it ----------------------------------------------------------------------------------------------------


def test_a_role_that_asks_for_it_goes_nowhere_until_it_is_set_up(person: Person, forced: None) -> None:
    browser, answer = browse("700001")
    assert answer.url == "/people/"
    assert browser.get("/people/").url == "/account/enrol/"
    assert browser.get("/approvals/").url == "/account/enrol/"
    assert browser.get("/jobs/", headers={"HX-Request": "true"})["HX-Redirect"] == "/account/enrol/"
    refused = browser.get("/api/v1/me/")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor")
    assert browser.get("/account/enrol/").status_code == 200
    code = digits(SecondFactor.objects.get(person=person))
    page = browser.post("/account/enrol/", {"code": code, "password": PASSWORD}).content.decode()
    assert RecoveryCode.objects.filter(person=person).count() == 10
    assert RecoveryCode.objects.filter(person=person).first().label in page  # type: ignore[union-attr]
    assert browser.get("/people/").status_code == 200


def test_a_role_that_does_not_ask_is_left_alone(office: Office, forced: None) -> None:
    office.add("700002", "别人", "attendance_clerk")
    browser, _ = browse("700002")
    assert browser.get("/people/").status_code == 200


def test_the_demonstration_works_without(person: Person) -> None:
    browser, _ = browse("700001")
    assert browser.get("/people/").status_code == 200


def test_who_is_lent_such_a_role_needs_it_from_the_next_request_and_only_while_it_lasts(
    office: Office, forced: None, clock: Any
) -> None:
    office.add("700002", "代办", "attendance_clerk")
    browser, _ = browse("700002")
    today = date(2026, 11, 26)
    hold(office["700002"], "chief_accountant", Place(branch=office.branch), since=today, until=today, lent_by=office["600003"])
    assert browser.get("/people/").url == "/account/enrol/"
    clock.shift(timedelta(days=1))
    browser, _ = browse("700002")
    assert browser.get("/people/").status_code == 200


def test_a_session_that_never_showed_the_code_is_sent_back_to_sign_in(person: Person, forced: None, signed_in: SignedIn) -> None:
    enrol(person)
    browser = signed_in("700001")
    assert browser.get("/people/").url == "/login/"
    assert browser.get("/people/").url.startswith("/login/?next=")


# --- setting up, replacing, losing -----------------------------------------------------------------------------------


def test_setting_up_asks_for_the_password_and_ends_other_sessions(person: Person, clock: Any) -> None:
    here, _ = browse("700001")
    elsewhere, _ = browse("700001")
    here.get("/account/enrol/")
    code = digits(SecondFactor.objects.get(person=person))
    assert "登录密码不对" in here.post("/account/enrol/", {"code": code, "password": "no"}).content.decode()
    assert second_factor.enrolled(person) is None
    here.post("/account/enrol/", {"code": code, "password": PASSWORD})
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_a_new_phone_takes_the_place_of_the_old_one_only_when_it_is_confirmed(person: Person, clock: Any) -> None:
    enrol(person)
    old = factor_of(person)
    new = second_factor.offered(person)
    clock.shift(timedelta(seconds=31))
    assert second_factor.verify(person, digits(old), address="a")
    with pytest.raises(Refusal, match="验证码不对"):
        second_factor.confirm(by=person, code="000000", address="a")
    assert factor_of(person) == old
    second_factor.confirm(by=person, code=digits(new), address="a")
    assert factor_of(person) == new
    clock.shift(timedelta(seconds=31))
    assert not second_factor.verify(person, digits(old), address="a")


def test_wrong_codes_at_set_up_are_counted_though_it_is_refused(person: Person) -> None:
    factor = second_factor.offered(person)
    for code in ["000000"] * throttle.PER_PAIR + [digits(factor)]:
        with pytest.raises(Refusal, match="验证码不对"):
            second_factor.confirm(by=person, code=code, address="a")


def test_a_recovery_code_opens_once_and_lies_hashed(person: Person) -> None:
    codes = enrol(person)
    assert not [
        code for code in codes if code[5:].replace("-", "") in " ".join(RecoveryCode.objects.values_list("hash", flat=True))
    ]
    browser, _ = browse("700001")
    assert browser.post("/login/code/", {"code": codes[0].lower()}).url == "/people/"
    assert not second_factor.verify(person, codes[0], address="a")
    assert second_factor.codes_left(person) == 9
    assert AuditRow.objects.filter(act="second_factor.recovery", summary__contains="还剩 9 个").exists()


def test_renewed_recovery_codes_replace_the_old_for_a_code(person: Person, clock: Any) -> None:
    old = enrol(person)
    with pytest.raises(Refusal):
        second_factor.renew_codes(by=person, code="000000", address="a")
    clock.shift(timedelta(seconds=31))
    new = second_factor.renew_codes(by=person, code=digits(factor_of(person)), address="a")
    assert not second_factor.verify(person, old[1], address="a")
    assert second_factor.verify(person, new[1], address="a")


def test_the_secret_lies_encrypted_and_the_qr_is_never_kept(person: Person, signed_in: SignedIn) -> None:
    browser = signed_in("700001")
    answer = browser.get("/account/enrol/qr.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "no-store" in answer["Cache-Control"]
    factor = SecondFactor.objects.get(person=person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret_sealed FROM branch_secondfactor")
        assert factor.secret not in cursor.fetchone()[0]
    assert "style=" not in answer.content.decode()
    grouped = " ".join(factor.secret[start : start + 4] for start in range(0, len(factor.secret), 4))
    assert grouped in browser.get("/account/enrol/").content.decode()  # while it waits for its first code
    enrol(person)
    browser = signed_in("700001")
    page, picture = (browser.get(path).content for path in ("/account/enrol/", "/account/enrol/qr.svg"))
    assert grouped not in page.decode()
    assert factor.secret not in page.decode()
    assert picture != answer.content


def test_an_administrator_resets_what_was_lost(person: Person, office: Office, signed_in: SignedIn) -> None:
    enrol(person)
    browser = signed_in("700001")
    with pytest.raises(Refusal, match="原因"):
        second_factor.reset(person=person, reason=" ", by=office["100009"], reentered=True)
    with pytest.raises(Refusal, match="再次输入"):
        second_factor.reset(person=person, reason="丢了", by=office["100009"])
    with pytest.raises(Forbidden):
        second_factor.reset(person=person, reason="丢了", by=office["600001"])
    password_of_100009(office)
    administrator, given = signed_in("100009"), {"reason": "手机遗失,已当面核对"}
    for wrong in ("", "wrong"):
        administrator.post("/people/700001/second-factor/reset/", {**given, "password": wrong})
        assert second_factor.enrolled(person) is not None
    answer = administrator.post("/people/700001/second-factor/reset/", {**given, "password": PASSWORD})
    assert answer.status_code == 302
    assert second_factor.enrolled(person) is None
    assert browser.get("/").status_code == 302
    assert not RecoveryCode.objects.exists()
    assert "手机遗失" in AuditRow.objects.get(act="second_factor.reset").summary
    with pytest.raises(Refusal, match="没有启用"):
        second_factor.reset(person=person, reason="再次", by=office["100009"], reentered=True)


def password_of_100009(office: Office) -> None:
    administrator = office["100009"].user
    administrator.set_password(PASSWORD)
    administrator.save()


def test_a_program_resets_it_only_with_the_password_of_the_administrator(person: Person, office: Office) -> None:
    enrol(person)
    password_of_100009(office)
    browser, _ = browse("100009")
    address, given = "/api/v1/people/700001/second-factor/reset/", {"reason": "手机遗失"}
    for password, status in (("", 400), ("wrong", 409)):
        answer = browser.post(address, {**given, "password": password}, content_type="application/json")
        assert answer.status_code == status
        assert second_factor.enrolled(person) is not None
    given["password"] = PASSWORD
    assert browser.post(address, given, content_type="application/json").status_code == 204
    assert second_factor.enrolled(person) is None
    assert browser.post(address, given, content_type="application/json").status_code == 409


def test_nobody_resets_ones_own(office: Office) -> None:
    enrol(office["100009"])
    with pytest.raises(Refusal, match="另一位系统管理员"):
        second_factor.reset(person=office["100009"], reason="丢了", by=office["100009"])


def test_no_code_and_no_secret_is_logged(person: Person, clock: Any) -> None:
    codes = enrol(person)
    clock.shift(timedelta(seconds=31))
    second_factor.verify(person, codes[0], address="a")
    rows = " ".join(f"{row.summary}{row.details}" for row in AuditRow.objects.all())
    assert "用了一个恢复码" in rows
    assert factor_of(person).secret not in rows
    assert not [code for code in codes if code in rows]


# --- who needs it ----------------------------------------------------------------------------------------------------


def test_whoever_signs_or_reads_beyond_a_group_needs_it() -> None:
    routes = json.loads((Path(settings.BASE_DIR) / "approvals/routes/reference/routes.json").read_text(encoding="utf-8"))
    seated = set(_roles_in(routes))
    assert {"branch_manager", "brokerage_office", "human_resources"} <= seated, "the routes are read"
    assert not [code for code in seated if not ROLES[code].second_factor]
    spared = [role for role in ROLES.values() if not role.second_factor]
    assert {role.code for role in spared if role.powers - {Power.ORG_VIEW, Power.PEOPLE_VIEW}} == {"group_leader"}


def _roles_in(item: Any) -> Iterator[str]:
    if isinstance(item, dict):
        if "role" in item:
            yield item["role"]
        item = list(item.values())
    for one in item if isinstance(item, list) else ():
        yield from _roles_in(one)
