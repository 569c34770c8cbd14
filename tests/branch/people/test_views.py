"""Signing in tells nothing: the same words, page and work for unknown, wrong and locked."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.people.roles import ROLES, Power
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]
WORDS = "工号或密码不对,或者登录次数过多"


def attempt(browser: Client, username: str, password: str) -> Any:
    return browser.post("/login/", {"username": username, "password": password})


def without_token(page: bytes, username: str) -> str:
    text = re.sub(r'(csrf-token" content|csrfmiddlewaretoken" value)="[^"]*"', "", page.decode())
    return text.replace(username, "")


def test_the_right_password_opens_the_workbench_and_is_logged(office: Office) -> None:
    browser = Client()
    office.add("700001", "新人", "trade_admin")
    answer = attempt(browser, "700001", "Correct-Horse-9")
    assert answer.url == "/"
    assert browser.get("/").status_code == 200
    assert AuditRow.objects.filter(act="session.sign_in", actor_name="新人(700001)").exists()


def test_unknown_wrong_inactive_and_locked_look_alike(office: Office) -> None:
    office.add("700001", "新人", "trade_admin")
    office.add("700002", "离岗", "trade_admin")
    User.objects.filter(username="700002").update(is_active=False)
    wrong = attempt(Client(), "700001", "no")
    unknown = attempt(Client(), "799999", "no")
    inactive = attempt(Client(), "700002", "Correct-Horse-9")
    for _ in range(5):
        attempt(Client(), "700001", "no")
    locked = attempt(Client(), "700001", "Correct-Horse-9")
    pages = [(wrong, "700001"), (unknown, "799999"), (inactive, "700002"), (locked, "700001")]
    assert {answer.status_code for answer, _ in pages} == {200}
    assert len({without_token(answer.content, name) for answer, name in pages}) == 1
    assert WORDS in locked.content.decode()


def test_a_locked_account_costs_a_password_check_too(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.add("700001", "新人", "trade_admin")
    hashed: list[str] = []
    original = User.set_password
    monkeypatch.setattr(User, "set_password", lambda user, raw: (hashed.append("x"), original(user, raw))[1])
    for _ in range(6):
        attempt(Client(), "700001", "no")
    hashed.clear()
    attempt(Client(), "700001", "no")
    assert hashed == ["x"]


def test_a_log_in_without_a_person_is_refused_in_the_same_words(db: None) -> None:
    User.objects.create_user("ghost", password="Correct-Horse-9")
    assert WORDS in attempt(Client(), "ghost", "Correct-Horse-9").content.decode()


def test_one_is_sent_to_where_one_wanted_but_never_elsewhere(office: Office) -> None:
    office.add("700001", "新人", "trade_admin")
    given = {"username": "700001", "password": "Correct-Horse-9"}
    assert Client().post("/login/?next=/people/", given).url == "/people/"
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "/\\\\elsewhere.example/", "javascript:alert(1)"):
        assert Client().post("/login/?" + urlencode({"next": elsewhere}), given).url == "/"


def test_demo_logins_show_only_in_the_demonstration(office: Office, settings: Any) -> None:
    settings.SHOW_DEMO_LOGINS = False
    assert settings.DEMO_PASSWORD not in Client().get("/login/").content.decode()
    settings.SHOW_DEMO_LOGINS = True
    page = Client().get("/login/").content.decode()
    assert settings.DEMO_PASSWORD in page
    assert "600001" in page


def test_the_own_password_changes_with_the_old_one(office: Office) -> None:
    office.add("700001", "新人", "trade_admin")
    here, elsewhere = Client(), Client()
    for browser in (here, elsewhere):
        attempt(browser, "700001", "Correct-Horse-9")
    given = {"old_password": "wrong", "new_password1": "Battery-Staple-7", "new_password2": "Battery-Staple-7"}
    assert "原密码不对" in here.post("/password/", given).content.decode()
    assert here.post("/password/", {**given, "old_password": "Correct-Horse-9"}).status_code == 302
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302  # other sessions end


def test_the_hint_names_what_a_new_password_is_compared_with(office: Office, signed_in: SignedIn, settings: Any) -> None:
    browser = signed_in("600001")
    assert "不能与工号相近" in browser.get("/password/").content.decode()

    def change(new: str) -> int:
        given = {"old_password": settings.DEMO_PASSWORD, "new_password1": new, "new_password2": new}
        return browser.post("/password/", given).status_code

    assert [change(f"{word}-Ab7") for word in ("600001", "潘怡丽潘怡丽")] == [200, 302]


def test_signing_out_needs_a_post(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("600001")
    assert browser.get("/logout/").status_code == 405
    assert browser.post("/logout/").status_code == 302
    assert browser.get("/").status_code == 302


def test_health_and_watermark(office: Office, signed_in: SignedIn) -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/watermark.svg").status_code == 302
    answer = signed_in("600001").get("/watermark.svg")
    assert "潘怡丽 600001" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("staff_no", ["600001", "600002", "600005", "600008", "100001", "100006", "100009"])
def test_each_role_opens_its_workbench(office: Office, signed_in: SignedIn, staff_no: str) -> None:
    page = signed_in(staff_no).get("/")
    assert page.status_code == 200
    assert timezone.localdate().isoformat() in page.content.decode()


def test_the_csp_allows_nothing_inline(office: Office, signed_in: SignedIn) -> None:
    policy = signed_in("600001").get("/")["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


def test_roles_that_see_pay_are_the_ones_meant() -> None:
    """Nobody sees pay by accident: a new holder of such a power must be entered here."""
    seeing = {code: {power for power in role.powers if power.startswith("pay.")} for code, role in ROLES.items()}
    meant = {"branch_finance", "chief_accountant", "deputy_manager", "branch_manager"}
    assert {code for code, powers in seeing.items() if powers - {Power.PAY_REPORT}} == meant
    assert {code for code, powers in seeing.items() if Power.PAY_REPORT in powers} == {"brokerage_office"}  # the filed report
