"""What every endpoint has from branch/rest: errors in one shape, pages by key, sessions with CSRF, rates, JSON whatever comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client

from branch.audit.models import AuditRow
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.once.models import OnceToken
from branch.rest.paging import MOST
from branch.rest.throttles import away
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]


@pytest.fixture
def notices(office: Office) -> list[int]:
    """Seven notices of 营业部财务, and one of somebody else."""
    Notice.objects.create(person=office["600001"], text="别人的", key="x")
    return [Notice.objects.create(person=office["600002"], text=f"第 {n} 条", key=str(n)).pk for n in range(7)]


def walked(browser: Client, address: str) -> Iterator[dict[str, object]]:
    """Every item of a list, page after page."""
    cursor = ""
    while cursor is not None:
        page = browser.get(f"{address}&cursor={cursor}").json()
        yield from page["items"]
        cursor = page["next"]


def test_pages_by_key_give_every_row_once_whatever_comes_between(office: Office, signed_in: SignedIn, notices: list[int]) -> None:
    browser, seen = signed_in("600002"), []
    for item in walked(browser, "/api/v1/notices/?limit=3"):
        if len(seen) == 3:  # a newer row arrives while somebody pages: it neither shifts nor repeats the rest
            Notice.objects.create(person=office["600002"], text="新的", key="new")
        seen.append(item["id"])
    assert seen == sorted(notices, reverse=True)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJhIl0", "W10", "bnVsbA", "WzEsMl0", "WzFlOTk5XQ", "W1sxXV0", "é", "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd"]
)
def test_a_broken_cursor_is_said_and_never_a_fault(office: Office, signed_in: SignedIn, cursor: str) -> None:
    answer = signed_in("600002").get("/api/v1/notices/", {"cursor": cursor})
    assert answer.status_code == 400, answer.content
    assert "cursor" in answer.json()["fields"]


@pytest.mark.parametrize("limit", ["0", "-1", "x", str(MOST + 1), "9" * 40, "1.5", "²"])
def test_a_page_is_bounded(office: Office, signed_in: SignedIn, limit: str) -> None:
    assert signed_in("600002").get("/api/v1/notices/", {"limit": limit}).status_code == 400


def test_a_bad_filter_is_said_by_field(office: Office, signed_in: SignedIn) -> None:
    answer = signed_in("600002").get("/api/v1/jobs/?state=nonsense")
    assert answer.status_code == 400
    told = answer.json()
    assert told["code"] == "invalid"
    assert "state" in told["fields"]
    assert told["items"][0].startswith("状态:")


@pytest.mark.parametrize(
    ("address", "name", "mend"),
    [
        ("runs/?moth=2026-10", "moth", "可以用的有:branch、month、state、limit、cursor"),
        ("notices/?Limit=3&unread=true", "Limit", "可以用的有:unread、limit、cursor"),
        ("close/?branch=0755FT&moth=2026-10", "moth", "可以用的有:branch、month"),
        ("me/?limit=3", "limit", "这里不带查询参数"),
    ],
)
def test_a_query_name_that_is_not_known_is_said_and_not_ignored(
    office: Office, signed_in: SignedIn, address: str, name: str, mend: str
) -> None:
    """A misspelt filter would else answer with every row."""
    answer = signed_in("600002").get(f"/api/v1/{address}")
    assert answer.status_code == 400
    assert answer.json()["fields"] == {name: [f"没有这个查询参数;{mend}"]}
    assert answer.json()["items"] == [f"{name}:没有这个查询参数;{mend}"]


def test_who_may_not_enter_hears_of_the_door_before_the_query(office: Office, signed_in: SignedIn) -> None:
    assert Client().get("/api/v1/runs/?moth=x").status_code == 401
    assert signed_in("600001").get("/api/v1/runs/?moth=x").status_code == 403


def test_a_body_is_said_by_field_in_chinese(office: Office, signed_in: SignedIn) -> None:
    answer = signed_in("100005").post("/api/v1/calendar/days/", {"day": "31.12.", "extra": 1}, content_type="application/json")
    told = answer.json()
    assert answer.status_code == 400
    assert set(told["fields"]) == {"day", "reason", "extra"}
    assert "依据:该字段是必填项。" in told["items"]


def test_a_refusal_is_409_with_the_pages_sentence(office: Office, signed_in: SignedIn) -> None:
    body = {"day": "2026-12-30", "kind": "makeup_workday", "reason": "通知"}
    answer = signed_in("100005").post("/api/v1/calendar/days/", body, content_type="application/json")
    assert answer.status_code == 409
    assert answer.json()["message"] == "2026-12-30 本来就是工作日,不能设为调休上班"


def test_foreign_and_missing_answer_the_same(office: Office, signed_in: SignedIn, notices: list[int]) -> None:
    browser = signed_in("600003")
    foreign, missing = (browser.post(f"/api/v1/notices/{pk}/read/") for pk in (notices[0], 10**9))
    assert foreign.status_code == missing.status_code == 404
    assert foreign.json() == missing.json()


@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/", f"/api/v1/jobs/{2**63}/", f"/api/v1/jobs/{'9' * 60}/"])
def test_no_such_address_answers_in_json(office: Office, signed_in: SignedIn, path: str) -> None:
    answer = signed_in("100009").get(path)
    assert answer.status_code == 404
    assert answer.json()["code"] == "unknown"


def test_another_method_or_body_is_said(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("100005")
    assert browser.delete("/api/v1/notices/").status_code == 405
    assert browser.options("/api/v1/notices/").json()["code"] == "method_not_allowed"
    assert browser.post("/api/v1/calendar/days/", "x", content_type="text/plain").status_code == 415
    assert browser.post("/api/v1/calendar/days/", "{", content_type="application/json").json()["code"] == "bad_body"
    assert browser.post("/api/v1/calendar/days/", "[1]", content_type="application/json").status_code == 400


def test_a_session_writes_with_the_csrf_token_only(office: Office) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(office["600002"].user, backend="django.contrib.auth.backends.ModelBackend")
    refused = browser.post("/api/v1/notices/read/")
    assert refused.status_code == 403
    assert refused.json()["code"] == "csrf"
    browser.get("/me/tokens/")
    token = browser.cookies[configured.CSRF_COOKIE_NAME].value
    assert browser.post("/api/v1/notices/read/", headers={"X-CSRFToken": token}).status_code == 200


def test_rates_bound_a_person_and_an_address(office: Office, signed_in: SignedIn, settings: object) -> None:
    cache.clear()
    settings.API_RATES = {"address": "5/min", "person": "2/min"}  # type: ignore[attr-defined]
    browser = signed_in("600002")
    codes = [browser.get("/api/v1/notices/").status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    strangers = [Client().get("/api/v1/notices/").status_code for _ in range(3)]
    assert strangers == [401, 401, 429]
    cache.clear()


def test_the_answer_is_json_whatever_is_asked_for(office: Office, signed_in: SignedIn) -> None:
    answer = signed_in("600002").get("/api/v1/notices/", headers={"Accept": "text/html"})
    assert answer["Content-Type"] == "application/json"


def test_acts_are_marked_as_coming_from_the_api(office: Office, signed_in: SignedIn) -> None:
    body = {"day": "2026-12-31", "kind": "market_closure", "name": "", "reason": "通知"}
    assert signed_in("100005").post("/api/v1/calendar/days/", body, content_type="application/json").status_code == 200
    assert AuditRow.objects.get(act="calendar.set_day").source == "api"


def test_lists_hold_nobody_elses_rows(office: Office, signed_in: SignedIn, notices: list[int]) -> None:
    Job.objects.create(kind="x", key="1", title="财务的", owner=office["600002"])
    assert signed_in("600003").get("/api/v1/notices/").json()["items"] == []
    assert signed_in("600003").get("/api/v1/jobs/").json()["items"] == []
    assert len(signed_in("100009").get("/api/v1/jobs/").json()["items"]) == 1


def test_the_same_key_gives_the_same_answer_and_one_act(office: Office, signed_in: SignedIn) -> None:
    body = {"day": "2026-12-31", "kind": "market_closure", "name": "", "reason": "通知"}
    browser, key = signed_in("100005"), {"Idempotency-Key": "one-and-the-same"}
    first, again = (browser.post("/api/v1/calendar/days/", body, content_type="application/json", headers=key) for _ in range(2))
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert AuditRow.objects.filter(act="calendar.set_day").count() == 1
    other = browser.post("/api/v1/calendar/days/", {**body, "reason": "另"}, content_type="application/json", headers=key)
    assert other.status_code == 409
    assert other.json()["code"] == "once_differs"


def test_a_key_gives_no_secret_a_second_time_unseen(office: Office, signed_in: SignedIn) -> None:
    """Each look at a number is asked for and logged anew, and refused once the power is gone; a reset makes a new password."""
    person, key = office.add("600199", "丁一"), {"Idempotency-Key": "one-and-the-same"}
    person.phone = "13900000001"
    person.save()

    def post(who: str, act: str, **body: str) -> Any:
        return signed_in(who).post(f"/api/v1/people/600199/{act}/", body, content_type="application/json", headers=key)

    asked = {"what": "phone", "reason": "核对"}
    looks = [post("100005", "reveal", **asked) for _ in range(2)]
    assert [look.json()["value"] for look in looks] == ["13900000001"] * 2
    assert AuditRow.objects.filter(act="people.reveal").count() == 2
    office["100005"].roles.all().delete()
    assert post("100005", "reveal", **asked).status_code == 404
    administrator = office["100009"].user
    administrator.set_password("Correct-Horse-9")
    administrator.save()
    first, second = (post("100009", "reset", password="Correct-Horse-9").json()["password"] for _ in range(2))
    assert first != second
    assert AuditRow.objects.filter(act="people.reset_password").count() == 2
    assert not OnceToken.objects.exists()


def test_a_refused_act_leaves_the_key_free(office: Office, signed_in: SignedIn) -> None:
    browser, key = signed_in("100005"), {"Idempotency-Key": "free-after-a-no"}
    bad = {"day": "2026-12-30", "kind": "makeup_workday", "reason": "通知"}
    good = {"day": "2026-12-27", "kind": "makeup_workday", "reason": "通知"}
    for _ in range(2):
        assert browser.post("/api/v1/calendar/days/", bad, content_type="application/json", headers=key).status_code == 409
    assert browser.post("/api/v1/calendar/days/", {}, content_type="application/json", headers=key).status_code == 400
    assert browser.post("/api/v1/calendar/days/", good, content_type="application/json", headers=key).status_code == 200


def test_an_answer_comes_also_while_redis_is_away(office: Office, signed_in: SignedIn, settings: Any) -> None:
    settings.CACHES = {
        **settings.CACHES,
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
        },
    }
    browser = signed_in("600002")
    try:
        assert browser.get("/api/v1/me/").status_code == 200
        assert away.until > 0
    finally:
        away.until = 0.0
