from __future__ import annotations

import re
from collections.abc import Callable

from django.test import Client
from django.utils import timezone

from branch.people.models import ApiToken
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]


def test_a_token_is_shown_once_and_can_be_ended(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("600002")
    page = browser.post("/me/tokens/", {"name": "报表", "expires_on": timezone.localdate().isoformat()}).content.decode()
    text = re.search(r"zy_[\w-]{40,}", page)
    assert text is not None
    assert text[0] not in browser.get("/me/tokens/").content.decode()
    assert Client().get("/api/v1/notices/", headers={"Authorization": f"Token {text[0]}"}).status_code == 200
    browser.post(f"/me/tokens/{ApiToken.objects.get().pk}/end/")
    assert Client().get("/api/v1/notices/", headers={"Authorization": f"Token {text[0]}"}).status_code == 401


def test_a_refusal_is_said_on_the_page(office: Office, signed_in: SignedIn) -> None:
    page = signed_in("600002").post("/me/tokens/", {"name": "报表", "expires_on": "2020-01-01"}).content.decode()
    assert "到期日应在今天" in page
    assert not ApiToken.objects.exists()


def test_the_list_is_ones_own(office: Office, signed_in: SignedIn) -> None:
    signed_in("600002").post("/me/tokens/", {"name": "财务的报表", "expires_on": timezone.localdate().isoformat()})
    assert "财务的报表" not in signed_in("100009").get("/me/tokens/").content.decode()
