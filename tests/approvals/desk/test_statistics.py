"""审批统计: working hours, late ones, and whose branch one sees."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from approvals.desk.rules import spread
from approvals.desk.statistics import late_lines, place_lines
from approvals.requests.models import Seat
from branch.people.access import Reach, reach
from branch.people.roles import Power

COMPANY = Reach(company=True)
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


def test_each_place_has_its_line(three: Any) -> None:
    for _ in range(2):
        request = three.ask()
        three.sign(request, three.chief)
    lines = place_lines(COMPANY, **span())
    assert [(line.kind, line.stage, line.place, line.count) for line in lines] == [("试办事项", "one环节", "主办会计", 2)]
    assert place_lines(COMPANY, **span(), kind="other") == []


def test_nights_and_weekends_do_not_count(three: Any) -> None:
    request = three.ask()
    Seat.objects.filter(request=request, state="open").update(opened_at=FRIDAY)
    now = FRIDAY + timedelta(days=2, hours=17)  # Monday 9:30
    Seat.objects.filter(request=request, state="open").update(due_at=FRIDAY)
    (line,) = late_lines(COMPANY, now)
    assert line.hours == pytest.approx(1.5)  # 16:30–17:30 on Friday, 9:00–9:30 on Monday
    assert line.people == "王主办"


def test_what_is_not_yet_due_is_not_late(three: Any) -> None:
    request = three.ask()
    Seat.objects.filter(request=request, state="open").update(due_at=timezone.now() + timedelta(hours=1))
    assert late_lines(COMPANY, timezone.now()) == []


def test_a_manager_sees_the_own_branch_and_head_office_all(three: Any, signed_in: Any) -> None:
    here, there = three.ask(), three.ask()
    three.sign(here, three.chief)
    three.sign(there, three.chief)
    type(there).objects.filter(pk=there.pk).update(branch=three.other)
    officer = three.person("officer", roles=("channel_department",))
    counts = {
        person: sum(line.count for line in place_lines(reach(person, Power.APPROVAL_STATISTICS), **span()))
        for person in (three.manager, officer)
    }
    assert counts == {three.manager: 1, officer: 2}
    page = reverse("approvals:approval-statistics")
    assert "one环节" in signed_in(three.manager).get(page).content.decode()
    assert signed_in(three.manager).get(page, {"since": "错的"}).status_code == 200
    assert signed_in(three.chief).get(page).status_code == 403
