"""审批统计: working hours, late ones, and whose branch one sees."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.desk.rules import spread
from approvals.desk.statistics import late_lines, place_lines
from approvals.requests import actions
from approvals.requests.models import Seat
from tests.approvals.conftest import PASSWORD

FRIDAY = timezone.make_aware(datetime(2026, 3, 6, 16, 30))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0], (3.0, 3.0)), ([1.0, 2.0, 9.0], (2.0, 9.0)), ([float(n) for n in range(1, 21)], (10.5, 18.0))],
)
def test_the_median_and_nine_of_ten(values: list[float], expected: tuple[float, float]) -> None:
    assert spread(values) == expected


def span() -> dict[str, Any]:
    now = timezone.now()
    return {"since": now - timedelta(1), "until": now + timedelta(1)}


def test_the_calendar_s_ends_are_days_like_others_or_refused_with_a_sentence(three: Any, signed_in: Any) -> None:
    client = signed_in(officer(three))
    page, api = reverse("approvals:approval-statistics"), "/api/v1/approvals/statistics/"
    for address in (page, api):
        assert client.get(f"{address}?until=9999-12-31").status_code == 200
        answer = client.get(f"{address}?until=0001-01-01")  # ninety days before it there is none
        assert (answer.status_code, "请核对年份" in answer.content.decode()) == (409, True)


def officer(three: Any) -> Any:
    return three.person("officer", roles=() if "officer" in three.people else ("channel_department",))


def late(three: Any, request: Any) -> Any:
    Seat.objects.filter(request=request, state="open").update(due_at=FRIDAY)
    (line,) = late_lines(officer(three), FRIDAY + timedelta(days=3))
    return line


def test_each_place_has_its_line(three: Any) -> None:
    for _ in range(2):
        request = three.ask()
        three.sign(request, three.chief)
    lines = place_lines(officer(three), **span())
    assert [(line.kind, line.stage, line.place, line.count) for line in lines] == [("试办事项", "one环节", "主办会计", 2)]
    assert place_lines(officer(three), **span(), kind="other") == []


def test_nights_and_weekends_do_not_count(three: Any) -> None:
    request = three.ask()
    Seat.objects.filter(request=request, state="open").update(opened_at=FRIDAY)
    now = FRIDAY + timedelta(days=2, hours=17)  # Monday 9:30
    Seat.objects.filter(request=request, state="open").update(due_at=FRIDAY)
    (line,) = late_lines(officer(three), now)
    assert line.hours == pytest.approx(1.5)  # 16:30–17:30 on Friday, 9:00–9:30 on Monday
    assert line.people == "王主办"


def test_what_is_not_yet_due_is_not_late(three: Any) -> None:
    request = three.ask()
    Seat.objects.filter(request=request, state="open").update(due_at=timezone.now() + timedelta(hours=1))
    assert late_lines(officer(three), timezone.now()) == []


def test_who_is_lent_signing_of_this_kind_is_named_too(three: Any) -> None:
    request, today = three.ask(), timezone.localdate()
    three.aide, three.other_aide = three.person("aide", "代签人"), three.person("other_aide", "别类代签人")
    given = {"since": today, "until": today, "reason": "出差", "by": three.chief}
    actions.delegate(to=three.aide, kinds=["trial"], **given)
    assert late(three, request).people == "王主办、代签人(代王主办)"
    actions.delegate(to=three.other_aide, kinds=["pay_run"], **given)
    assert late(three, request).people == "王主办、代签人(代王主办)"


def test_a_confidential_request_is_late_without_its_name(three: Any, kind_with: Any, subject: Any) -> None:
    request = three.ask(title="机密的事")
    shown = late(three, request)
    assert (shown.number, shown.about) == (request.number, "机密的事")
    kind_with(confidential=True, seen_rows=lambda person: Q(pk__in=[]))
    shown = late(three, request)
    assert (shown.number, shown.about) == ("", "试办事项")


def test_the_api_tells_the_same(three: Any) -> None:
    request = three.ask()
    three.sign(request, three.chief)
    Seat.objects.filter(request=request, state="open").update(due_at=FRIDAY)
    client = Client()
    client.login(username=officer(three).staff_no, password=PASSWORD)
    (place,) = client.get(reverse("api:approval-statistics")).json()["items"]
    assert (place["stage"], place["place"], place["count"]) == ("one环节", "主办会计", 1)
    (seat,) = client.get(reverse("api:approval-statistics-late"), {"kind": "trial"}).json()["items"]
    assert (seat["number"], seat["people"], seat["branch"]) == (request.number, "李副", three.branch.code)
    assert seat["hours"] > 0
    assert client.get(reverse("api:approval-statistics"), {"since": "错的"}).status_code == 400


def test_a_manager_sees_the_own_branch_and_head_office_all(three: Any, signed_in: Any) -> None:
    here, there = three.ask(), three.ask()
    three.sign(here, three.chief)
    three.sign(there, three.chief)
    type(there).objects.filter(pk=there.pk).update(branch=three.other)
    office = officer(three)
    counts = {person: sum(line.count for line in place_lines(person, **span())) for person in (three.manager, office)}
    assert counts == {three.manager: 1, office: 2}
    page = reverse("approvals:approval-statistics")
    assert "one环节" in signed_in(three.manager).get(page).content.decode()
    assert signed_in(three.manager).get(page, {"since": "错的"}).status_code == 200
    assert signed_in(three.chief).get(page).status_code == 403
