from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from branch.people.models import ApiToken, SignInAttempt
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]
PASSWORD = "Correct-Horse-9"


def given(name: str = "报表", **changes: str) -> dict[str, str]:
    """The form, filled."""
    return {"name": name, "expires_on": timezone.localdate().isoformat(), "password": PASSWORD} | changes


def somebody(office: Office, signed_in: SignedIn, staff_no: str = "700001") -> Client:
    office.add(staff_no, "新人", "branch_finance")
    return signed_in(staff_no)


def test_a_token_is_shown_once_and_can_be_ended(office: Office, signed_in: SignedIn) -> None:
    browser = somebody(office, signed_in)
    page = browser.post("/me/tokens/", given()).content.decode()
    text = re.search(r"zy_[\w-]{40,}", page)
    assert text is not None
    assert text[0] not in browser.get("/me/tokens/").content.decode()
    assert Client().get("/api/v1/notices/", headers={"Authorization": f"Token {text[0]}"}).status_code == 200
    browser.post(f"/me/tokens/{ApiToken.objects.get().pk}/end/")
    assert Client().get("/api/v1/notices/", headers={"Authorization": f"Token {text[0]}"}).status_code == 401


def test_a_refusal_is_said_on_the_page(office: Office, signed_in: SignedIn) -> None:
    page = somebody(office, signed_in).post("/me/tokens/", given(expires_on="2020-01-01")).content.decode()
    assert "到期日应在今天" in page
    assert not ApiToken.objects.exists()


def test_the_list_is_ones_own(office: Office, signed_in: SignedIn) -> None:
    somebody(office, signed_in).post("/me/tokens/", given("财务的报表"))
    assert ApiToken.objects.get().name == "财务的报表"
    assert "财务的报表" not in signed_in("100009").get("/me/tokens/").content.decode()


def test_a_browser_found_open_makes_no_token(office: Office, signed_in: SignedIn) -> None:
    browser = somebody(office, signed_in)
    assert "没有生成令牌" in browser.post("/me/tokens/", given(password="no-such-password")).content.decode()
    assert not ApiToken.objects.exists()
    assert SignInAttempt.objects.count() == 1  # guessing there is bounded as at the door
    page = browser.post("/me/tokens/", given(password="")).content.decode()
    assert "zy_" not in page
    assert not ApiToken.objects.exists()
    assert "zy_" in browser.post("/me/tokens/", given()).content.decode()
