"""A page's form and an API call that are sent twice: one row, the same answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client, RequestFactory

from branch.audit.models import AuditRow
from branch.once.http import FIELD, REPLAYED, answer_once, digest_of
from branch.once.models import OnceToken
from branch.people import second_factor
from branch.people.models import ApiToken, RoleHolding, SecondFactor
from kernel.refusals import Refusal
from tests.branch.conftest import Office
from tests.branch.people.test_second_factor import PASSWORD, digits, factor_of

SignedIn = Callable[[str], Client]
TOKEN = re.compile(r'name="once" value="([0-9a-f]{32})"')


def _delegation(office: Office, **changed: str) -> dict[str, str]:
    holding = office["600001"].roles.first()
    assert holding is not None
    today = date.today()
    return {
        "holding": str(holding.pk),
        "to": "600002",
        "since": today.isoformat(),
        "until": (today + timedelta(3)).isoformat(),
        "reason": "休假",
        **changed,
    }


def _lent() -> int:
    return RoleHolding.objects.exclude(delegated_by=None).count()


def test_every_showing_of_a_form_has_a_token_of_its_own(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("600001")
    first, second = (TOKEN.findall(browser.get("/delegation/").content.decode()) for _ in range(2))
    assert len(first) == 1
    assert first != second


def test_a_form_sent_twice_is_done_once_and_says_the_same(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("600001")
    given = {**_delegation(office), FIELD: TOKEN.findall(browser.get("/delegation/").content.decode())[0]}
    first, second = browser.post("/delegation/", given), browser.post("/delegation/", given)
    assert (first.status_code, first["Location"]) == (second.status_code, second["Location"]) == (302, "/delegation/")
    assert (REPLAYED in first, REPLAYED in second) == (False, True)
    assert _lent() == 1
    assert AuditRow.objects.filter(act__contains="delegat").count() == 1
    assert (
        browser.get("/delegation/").content.decode().count("已委托") == 2
    )  # the browser that lost the first answer still hears it


def test_other_words_under_the_same_token_are_refused(office: Office, signed_in: SignedIn) -> None:
    browser, token = signed_in("600001"), {FIELD: "a-token-of-mine"}
    browser.post("/delegation/", {**_delegation(office), **token})
    answer = browser.post("/delegation/", {**_delegation(office, to="600003"), **token}, headers={"Referer": "/delegation/"})
    assert "内容与上次不同" in browser.get(answer["Location"]).content.decode()
    assert _lent() == 1


def test_a_form_with_a_mistake_may_be_mended_under_its_token(office: Office, signed_in: SignedIn) -> None:
    browser, token = signed_in("600001"), {FIELD: "a-token-of-mine"}
    assert browser.post("/delegation/", {**_delegation(office, reason=""), **token}).status_code == 200
    assert browser.post("/delegation/", {**_delegation(office), **token}).status_code == 302
    assert _lent() == 1


def test_a_token_that_is_no_token_is_refused(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("600001")
    browser.post("/delegation/", {**_delegation(office), FIELD: "<x>"})
    assert _lent() == 0


# --- pages that show a secret: done once, told once --------------------------------------------------------------------------


def _pressed_twice(browser: Client, page: str, address: str = "", **given: str) -> tuple[str, str, str]:
    """The page of the first press, where the second leads to, and what is read there."""
    form = {**given, FIELD: TOKEN.findall(browser.get(page).content.decode())[0]}
    first, second = (browser.post(address or page, form) for _ in range(2))
    assert (first.status_code, second.status_code, second[REPLAYED]) == (200, 302, "true")
    assert second.content == b""
    return first.content.decode(), second["Location"], browser.get(second["Location"]).content.decode()


def _kept_whole() -> str:
    """All that the tokens' rows hold."""
    assert OnceToken.objects.exists()
    return str(list(OnceToken.objects.values()))


def test_a_token_asked_for_twice_is_one_token_whose_text_is_told_once(office: Office, signed_in: SignedIn) -> None:
    office.add("700001", "新人", "branch_finance")
    given = {"name": "报表", "expires_on": date.today().isoformat(), "password": PASSWORD}
    first, back, then = _pressed_twice(signed_in("700001"), "/me/tokens/", **given)
    text = re.search(r"zy_[\w-]{40,}", first)
    assert text is not None
    assert ApiToken.objects.count() == 1
    assert back == "/me/tokens/"
    assert "这个令牌已经生成过" in then
    assert text[0] not in then
    assert text[0] not in _kept_whole()


def test_a_token_form_with_a_mistake_may_be_mended_under_its_token(office: Office, signed_in: SignedIn) -> None:
    office.add("700001", "新人", "branch_finance")
    browser, given = signed_in("700001"), {"name": "报表", FIELD: "a-token-of-mine", "password": PASSWORD}
    assert "到期日应在今天" in browser.post("/me/tokens/", {**given, "expires_on": "2020-01-01"}).content.decode()
    browser.post("/me/tokens/", {**given, "expires_on": date.today().isoformat()})
    assert ApiToken.objects.count() == 1


def test_a_password_reset_twice_by_one_press_stays_the_one_that_was_shown(office: Office, signed_in: SignedIn) -> None:
    first, back, then = _pressed_twice(
        signed_in("100009"), "/people/600008/roles/", "/people/600008/reset/", password=settings.DEMO_PASSWORD
    )
    new = re.findall(r"<code>([^<]+)</code>", first)[0]
    office["600008"].user.refresh_from_db()
    assert office["600008"].user.check_password(new)
    assert AuditRow.objects.filter(act="people.reset_password").count() == 1
    assert back == "/people/600008/roles/"
    assert "密码已经重置过" in then
    assert new not in then
    assert new not in _kept_whole()


def test_recovery_codes_asked_for_twice_stay_those_that_were_shown(
    office: Office, signed_in: SignedIn, time_machine: Any
) -> None:
    time_machine.move_to(datetime(2026, 11, 26, 1, 0, tzinfo=UTC), tick=False)
    person = office.add("700001", "新人", "branch_finance")
    browser = signed_in("700001")
    code = digits(second_factor.offered(person))
    first, back, then = _pressed_twice(browser, "/account/enrol/", code=code, password=PASSWORD)
    assert back == "/account/"
    assert "恢复码已经生成过" in then
    codes = re.findall(r'<code class="mono">([^<]+)</code>', first)
    time_machine.shift(timedelta(seconds=31))
    renewed, _, then = _pressed_twice(browser, "/account/", "/account/codes/", code=digits(factor_of(person)))
    assert "恢复码已经生成过" in then
    shown = re.findall(r'<code class="mono">([^<]+)</code>', renewed)
    assert len(codes) == len(shown) == second_factor.RECOVERY_CODES
    assert not any(one in then or one in _kept_whole() for one in [*codes, *shown])
    assert second_factor.verify(person, shown[0], address="a")
    assert SecondFactor.objects.count() == 1  # the second press offers no further authenticator


# --- the API's header ----------------------------------------------------------------------------------------------------


def _call(body: Any, key: str = "key-00001") -> HttpRequest:
    headers = {"Idempotency-Key": key}
    return RequestFactory().post("/api/v1/things/", body, content_type="application/json", headers=headers)


def _create(calls: list[int], status: int = 201) -> Callable[[], HttpResponse]:
    def view() -> HttpResponse:
        calls.append(1)
        return JsonResponse({"id": len(calls)}, status=status, headers={"Location": f"/api/v1/things/{len(calls)}/"})

    return view


@pytest.mark.django_db
def test_a_call_repeated_gets_the_same_content_and_status() -> None:
    calls: list[int] = []
    first = answer_once(_call({"a": 1}), 7, _create(calls))
    again = answer_once(_call({"a": 1}), 7, _create(calls))
    assert isinstance(first, HttpResponse)
    assert isinstance(again, HttpResponse)
    assert calls == [1]
    assert (again.status_code, again.content, again["Location"]) == (201, first.content, "/api/v1/things/1/")
    assert again["Content-Type"] == "application/json"
    assert again[REPLAYED] == "true"


@pytest.mark.django_db
def test_a_call_with_another_body_is_refused_and_a_failed_one_may_be_repeated() -> None:
    calls: list[int] = []
    answer_once(_call({"a": 1}), 7, _create(calls, status=422))
    answer_once(_call({"a": 2}), 7, _create(calls))
    with pytest.raises(Refusal, match="内容与上次不同"):
        answer_once(_call({"a": 3}), 7, _create(calls))
    assert calls == [1, 1]


@pytest.mark.django_db
def test_reading_changes_nothing_and_keeps_no_token() -> None:
    calls: list[int] = []
    answer_once(RequestFactory().get("/x/", headers={"Idempotency-Key": "key-00001"}), 7, _create(calls))
    assert not OnceToken.objects.exists()


# --- what counts as the same -------------------------------------------------------------------------------------------


def _form(**fields: Any) -> HttpRequest:
    return RequestFactory().post("/x/", fields)


def _file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("x.csv", content)


def test_tokens_and_passwords_are_no_part_of_the_body() -> None:
    assert digest_of(_form(a="1", once="x", csrfmiddlewaretoken="y", password="p")) == digest_of(_form(a="1", once="z"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": "1"}, {"a": "2"}),
        ({"a": ["1", "2"]}, {"a": ["2", "1"]}),
        ({"a": "1"}, {"a": "1", "b": ""}),
        ({"file": b"1,2"}, {"file": b"1,3"}),
    ],
)
def test_any_other_field_or_file_is_another_body(one: dict[str, Any], other: dict[str, Any]) -> None:
    made = [_form(**{name: _file(value) if name == "file" else value for name, value in each.items()}) for each in (one, other)]
    assert digest_of(made[0]) != digest_of(made[1])


def test_another_query_is_another_sending() -> None:
    """An export has its filters there: another month under the same key is not the first one's file."""
    asked = [RequestFactory().post(f"/x/?month={month}", {"a": "1"}) for month in ("2026-10", "2026-10", "2026-11")]
    first, again, other = (digest_of(request) for request in asked)
    assert first == again != other


def test_an_upload_can_still_be_read_after_its_digest() -> None:
    request = _form(file=_file(b"1,2"))
    digest_of(request)
    assert request.FILES["file"].read() == b"1,2"
