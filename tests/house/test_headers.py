"""What every answer says to the browser, and what an error tells a stranger."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings

from branch.files.responses import attachment
from tests.branch.conftest import Office, office, signed_in  # noqa: F401 - fixtures

SignedIn = Callable[[str], Client]
WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
}
PAGES = ("/login/", "/", "/nowhere/", "/healthz", "/account/enrol/qr.svg", "/people/999999/")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_carries_them(office: Office, signed_in: SignedIn, path: str) -> None:  # noqa: F811
    answer = signed_in("600001").get(path)
    assert {name: answer.headers.get(name) for name in WANTED} == WANTED
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in (
        "default-src 'self'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ):
        assert directive in policy


def test_what_is_behind_the_door_is_not_kept_by_a_browser_for_the_next_person(office: Office, signed_in: SignedIn) -> None:  # noqa: F811
    browser = signed_in("600001")
    for path in ("/", "/people/", "/account/", "/audit/"):
        assert "no-store" in browser.get(path)["Cache-Control"], path


@pytest.mark.parametrize("name", ["工资\r\nSet-Cookie: a=b.xlsx", 'a"; filename="x.html', "../../etc/passwd", "工资 月报.xlsx"])
def test_a_download_is_an_attachment_whatever_its_name(name: str) -> None:
    answer = attachment(b"x", name)
    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''")
    assert not set('\r\n";/ ') & set(disposition.removeprefix("attachment; filename*="))
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "no-store")


@override_settings(DEBUG=False)
@pytest.mark.parametrize("path", ["/nowhere/", "/people/%00/", "/jobs/99999999999999999999/"])
def test_an_error_page_tells_nothing_of_the_inside(office: Office, signed_in: SignedIn, path: str) -> None:  # noqa: F811
    browser = signed_in("600001")
    browser.raise_request_exception = False
    answer = browser.get(path)
    assert answer.status_code in (400, 404)
    said = answer.content.decode()
    assert not [word for word in ("Traceback", "urlpatterns", "branch.", "django", "site-packages") if word in said]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "DELETE"])
def test_methods_that_no_page_knows_do_nothing(office: Office, signed_in: SignedIn, method: str) -> None:  # noqa: F811
    browser = signed_in("600001")
    assert browser.generic(method, "/logout/").status_code == 405
    assert browser.get("/account/").status_code == 200, "still signed in"


def test_the_host_is_not_the_clients_to_name(db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["zhanye.example.cn"]
    assert Client().get("/login/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_a_form_from_elsewhere_is_refused(office: Office) -> None:  # noqa: F811
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(office["600001"].user, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post("/logout/", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 403
    assert browser.get("/").status_code == 200
